package stat

import (
	"cmp"
	"math"
	"slices"
)

// A Test is the outcome of a two-sided test of paired differences.
type Test struct {
	Statistic float64 // what the test counts: the smaller sum of ranks, or the smaller number of signs
	P         float64 // of the statistic or one more extreme, if there is no difference
	N         int     // pairs that differ
	Exact     bool    // P is exact, not by the normal approximation
}

// mostExact is up to how many pairs the distribution of Wilcoxon's statistic is computed.
const mostExact = 100

// Wilcoxon is the signed-rank test of the differences d of pairs: that their distribution is
// symmetric about 0 (Wilcoxon 1945). Zeros are left out, ties share their mean rank, and
// infinities are the largest differences. P is exact, given the ties, up to 100 pairs that
// differ, and beyond them by the normal approximation with the variance corrected for ties. With no
// pair that differs, P is 1. Cost: O(n^3) exact, O(n log n) beyond.
func Wilcoxon(d []float64) Test {
	ranks, signs := signedRanks(d)
	n := len(ranks)
	plus, total := 0, 0 // twice the sums of ranks
	for i, r := range ranks {
		total += r
		if signs[i] {
			plus += r
		}
	}
	least := min(plus, total-plus)
	t := Test{Statistic: float64(least) / 2, P: 1, N: n, Exact: n <= mostExact}
	if n == 0 {
		return t
	}
	if t.Exact {
		t.P = min(1, 2*lowerTail(ranks, least))
		return t
	}
	squares := 0.0
	for _, r := range ranks {
		squares += float64(r) / 2 * float64(r) / 2
	}
	z := (t.Statistic - float64(total)/4) / math.Sqrt(squares/4)
	t.P = min(1, math.Erfc(-z/math.Sqrt2))
	return t
}

// signedRanks returns twice the mean ranks of |d|, zeros left out, and which d are positive.
func signedRanks(d []float64) (ranks []int, positive []bool) {
	kept := slices.DeleteFunc(slices.Clone(d), func(v float64) bool { return v == 0 })
	slices.SortStableFunc(kept, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	for from := 0; from < len(kept); {
		to := from + 1
		for to < len(kept) && math.Abs(kept[to]) == math.Abs(kept[from]) {
			to++
		}
		for _, v := range kept[from:to] {
			ranks, positive = append(ranks, from+1+to), append(positive, v > 0)
		}
		from = to
	}
	return ranks, positive
}

// lowerTail returns the probability that the ranks of random signs sum to at most s.
func lowerTail(ranks []int, s int) float64 {
	p := make([]float64, s+1) // of each sum so far, those above s left out
	p[0] = 1
	for _, r := range ranks {
		for k := s; k >= 0; k-- {
			p[k] /= 2
			if k >= r {
				p[k] += p[k-r] / 2
			}
		}
	}
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	return sum
}

// Sign is the sign test of the differences d of pairs: that a positive and a negative one
// are as likely. Zeros are left out. P is exact.
func Sign(d []float64) Test {
	plus, n := 0, 0
	for _, v := range d {
		if v != 0 {
			n++
		}
		if v > 0 {
			plus++
		}
	}
	least := min(plus, n-plus)
	tail := 0.0
	for k := range least + 1 {
		tail += math.Exp(logChoose(n, k) - float64(n)*math.Ln2)
	}
	return Test{Statistic: float64(least), P: min(1, 2*tail), N: n, Exact: true}
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// RankBiserial is the effect size that belongs to [Wilcoxon]: the difference of the sums of
// ranks of positive and negative differences over the sum of all (Kerby 2014), from -1, all
// negative, to 1. It is 0 if no pair differs.
func RankBiserial(d []float64) float64 {
	ranks, positive := signedRanks(d)
	plus, total := 0, 0
	for i, r := range ranks {
		total += r
		if positive[i] {
			plus += r
		}
	}
	if total == 0 {
		return 0
	}
	return float64(2*plus-total) / float64(total)
}

// CliffsDelta is the effect size of two samples that are not paired: the share of pairs with
// a > b less that with a < b (Cliff 1993), from -1 to 1. Cost: O(n m). NaN if one is empty.
func CliffsDelta(a, b []float64) float64 {
	more := 0
	for _, v := range a {
		for _, w := range b {
			more += cmp.Compare(v, w)
		}
	}
	return float64(more) / float64(len(a)*len(b))
}

// Holm corrects the P values of several tests so that the probability of any false rejection
// is bounded by the level at which they are read (Holm 1979). It returns them in the order given.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	out := make([]float64, len(p))
	most := 0.0
	for k, i := range order {
		most = max(most, min(1, float64(len(p)-k)*p[i]))
		out[i] = most
	}
	return out
}
