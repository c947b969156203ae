package stat_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/study/stat"
)

// golden are values of SciPy; the file holds the program that made them.
var golden struct {
	SciPy    string
	Wilcoxon []struct {
		D            []float64
		Statistic, P float64
	}
	Sign []struct {
		Less, N int
		P       float64
	}
	T []struct {
		X               []float64
		Mean, Low, High float64
	}
	Quantile []struct {
		X        []float64
		P, Value float64
	}
	Median []struct {
		X         []float64
		Low, High float64
	}
	BCa []struct {
		X                      []float64
		Low, High, Plow, Phigh float64
	}
}

func TestMain(m *testing.M) {
	b, err := os.ReadFile("testdata/scipy.json")
	if err == nil {
		err = json.Unmarshal(b, &golden)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func near(a, b, tol float64) bool { return math.Abs(a-b) <= tol*(1+math.Abs(b)) }

func TestWilcoxonSciPy(t *testing.T) {
	exact := 0
	for _, c := range golden.Wilcoxon {
		got := stat.Wilcoxon(c.D)
		if !near(got.P, c.P, 1e-12) || got.Statistic != c.Statistic {
			t.Errorf("n = %d: statistic %v, p %v; SciPy %v, %v", len(c.D), got.Statistic, got.P, c.Statistic, c.P)
		}
		if got.Exact {
			exact++
		}
	}
	if len(golden.Wilcoxon) != 7 || exact != 6 {
		t.Errorf("%d cases, %d of them exact", len(golden.Wilcoxon), exact)
	}
}

// The published critical values of the signed-rank test (two-sided 5 %: Wilcoxon and Wilcox
// 1964): the largest statistics that reject.
func TestWilcoxonTable(t *testing.T) {
	for n, critical := range map[int]int{6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 12: 13, 15: 25, 20: 52, 25: 89} {
		p := func(w int) float64 { // differences 1..n whose negative ones have the rank sum w
			d := make([]float64, n)
			for i := n; i > 0; i-- {
				d[i-1] = float64(i)
				if i <= w {
					d[i-1] = -d[i-1]
					w -= i
				}
			}
			return stat.Wilcoxon(d).P
		}
		if p(critical) > 0.05 || p(critical+1) <= 0.05 {
			t.Errorf("n = %d: p(%d) = %v, p(%d) = %v", n, critical, p(critical), critical+1, p(critical+1))
		}
	}
}

func TestWilcoxonEdges(t *testing.T) {
	if got := stat.Wilcoxon([]float64{0, 0}); got.P != 1 || got.N != 0 {
		t.Errorf("no difference: %+v", got)
	}
	if got := stat.Wilcoxon([]float64{0.3}); got.P != 1 || got.N != 1 {
		t.Errorf("one pair: %+v", got)
	}
	inf := math.Inf(1)
	a, b := stat.Wilcoxon([]float64{1, 2, inf, inf, -3}), stat.Wilcoxon([]float64{1, 2, 9, 9, -3})
	if a != b {
		t.Errorf("infinities are not the largest: %+v, %+v", a, b)
	}
	// Exact and approximate agree where one takes over.
	d := make([]float64, 101)
	for i := range d {
		d[i] = float64(i + 1)
		if i%3 == 0 {
			d[i] = -d[i]
		}
	}
	big, small := stat.Wilcoxon(d), stat.Wilcoxon(d[:100])
	if big.Exact || !small.Exact || math.Abs(math.Log(big.P/small.P)) > 0.4 {
		t.Errorf("%+v and %+v", big, small)
	}
}

func TestSignSciPy(t *testing.T) {
	for _, c := range golden.Sign {
		d := make([]float64, c.N+1) // one zero, which does not count
		for i := range c.N {
			d[i] = 1
			if i < c.Less {
				d[i] = -1
			}
		}
		if got := stat.Sign(d); !near(got.P, c.P, 1e-12) || got.N != c.N {
			t.Errorf("%d of %d: %+v, SciPy %v", c.Less, c.N, got, c.P)
		}
	}
	if len(golden.Sign) != 5 {
		t.Errorf("%d cases", len(golden.Sign))
	}
}

func TestIntervalsSciPy(t *testing.T) {
	for _, c := range golden.T {
		mean, i := stat.MeanInterval(c.X, 0.95)
		if !near(mean, c.Mean, 1e-12) || !near(i.Low, c.Low, 1e-9) || !near(i.High, c.High, 1e-9) {
			t.Errorf("t, n = %d: %v %+v; SciPy %v [%v, %v]", len(c.X), mean, i, c.Mean, c.Low, c.High)
		}
	}
	for _, c := range golden.Quantile {
		if got := stat.Quantile(c.X, c.P); !near(got, c.Value, 1e-14) {
			t.Errorf("quantile %v; NumPy %v", got, c.Value)
		}
	}
	for _, c := range golden.Median {
		i := stat.MedianInterval(c.X, 0.95)
		if i.Low != c.Low || i.High != c.High || i.Level < 0.95 {
			t.Errorf("median, n = %d: %+v; SciPy [%v, %v]", len(c.X), i, c.Low, c.High)
		}
	}
	for _, c := range golden.BCa {
		s := rng.New(1, "bca")
		mean := func(sample []int) float64 {
			sum := 0.0
			for _, i := range sample {
				sum += c.X[i]
			}
			return sum / float64(len(sample))
		}
		i := stat.BCa(&s, len(c.X), 100_000, mean, 0.95)
		j := stat.Percentile(stat.Replicates(&s, len(c.X), 100_000, mean), 0.95)
		if !near(i.Low, c.Low, 5e-3) || !near(i.High, c.High, 5e-3) || !near(j.Low, c.Plow, 5e-3) || !near(j.High, c.Phigh, 5e-3) {
			t.Errorf("bootstrap: BCa %+v, percentile %+v; SciPy %+v", i, j, c)
		}
	}
	if len(golden.T)*len(golden.Quantile)*len(golden.Median)*len(golden.BCa) != 27 {
		t.Error("cases are missing")
	}
}

// The bootstrap of the mean of n normal numbers has the standard error s sqrt((n-1)/n)/sqrt(n): at the expanded level its
// ends are those of Student's interval, here in units of s/sqrt(n). The numbers are scipy.stats.t.ppf(0.975, n-1).
func TestExpanded(t *testing.T) {
	for n, want := range map[int]float64{6: 2.5705818356363, 10: 2.2621571628540993, 30: 2.045229642132703} {
		sorted := make([]float64, 200_001)
		for i := range sorted {
			sorted[i] = math.Sqrt(2*float64(n-1)/float64(n)) * math.Erfinv(2*(float64(i)+0.5)/float64(len(sorted))-1)
		}
		if got := stat.Expanded(sorted, n, 0.95); !near(got.Low, -want, 1e-3) || !near(got.High, want, 1e-3) {
			t.Errorf("n = %d: %+v, want +-%v", n, got, want)
		}
	}
}

func TestMedianIntervalOfFew(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		x    []float64
		want stat.Interval
	}{
		{[]float64{3}, stat.Interval{Low: 3, High: 3, Level: 0}},
		{[]float64{3, 1, 2}, stat.Interval{Low: 1, High: 3, Level: 0.75}},
		{[]float64{5, 1, 2, 3, 4}, stat.Interval{Low: 1, High: 5, Level: 0.9375}},
		{[]float64{1, 2, 3, 4, 5, inf}, stat.Interval{Low: 1, High: inf, Level: 0.96875}},
	} {
		if got := stat.MedianInterval(c.x, 0.95); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.x, got, c.want)
		}
	}
	// Where 2^-n is no number any more. The numbers are those of exact fractions.
	many := make([]float64, 2000)
	for i := range many {
		many[i] = float64(i + 1)
	}
	if got := stat.MedianInterval(many, 0.95); got.Low != 956 || got.High != 1045 || !near(got.Level, 0.9534471795082162, 1e-9) {
		t.Errorf("2000 values: %+v", got)
	}
	if got := stat.MedianInterval(nil, 0.95); !math.IsNaN(got.Low) || got.Level != 0 {
		t.Errorf("%+v", got)
	}
	if m := stat.Median([]float64{1, inf, 3, inf}); !math.IsInf(m, 1) {
		t.Errorf("median with infinities %v", m)
	}
	for _, p := range []float64{-0.5, 1.5, math.NaN()} {
		if q := stat.Quantile([]float64{1, 2, 3}, p); !math.IsNaN(q) {
			t.Errorf("the %v-quantile is %v", p, q)
		}
	}
	if m := stat.Median([]float64{inf, inf}); !math.IsInf(m, 1) {
		t.Errorf("median of infinities %v", m)
	}
}

// The intervals hold what they should about as often as they say, also for few pairs.
func TestPairedRatioCoverage(t *testing.T) {
	s := rng.New(1, "coverage")
	const trials = 4000
	for _, n := range []int{3, 5, 20} {
		hit := 0
		for range trials {
			a, b := make([]float64, n), make([]float64, n)
			for i := range a {
				shared := 2 * s.Norm() // of the pair: it cancels
				a[i], b[i] = math.Exp(shared+0.3*s.Norm()), math.Exp(shared+0.3*s.Norm()+1)
			}
			if _, i := stat.PairedRatio(a, b, 0.95); i.Contains(math.Exp(-1)) {
				hit++
			}
		}
		if share := float64(hit) / trials; share < 0.94 || share > 0.96 {
			t.Errorf("n = %d: %v of the intervals hold the ratio", n, share)
		}
	}
	ratio, i := stat.PairedRatio([]float64{2}, []float64{4}, 0.95)
	if ratio != 0.5 || i.Low != 0 || !math.IsInf(i.High, 1) {
		t.Errorf("one pair: %v %+v", ratio, i)
	}
}

func TestEffectSizes(t *testing.T) {
	// Kerby 2014: of the sum of ranks S, the share in favour less the share against.
	if r := stat.RankBiserial([]float64{1, 2, 3, -4}); r != (6.0-4)/10 {
		t.Errorf("rank-biserial %v", r)
	}
	if r := stat.RankBiserial([]float64{0, 0}); r != 0 {
		t.Errorf("no difference: %v", r)
	}
	if d := stat.CliffsDelta([]float64{1, 2, 3}, []float64{2, 0}); d != 0.5 {
		t.Errorf("Cliff's delta %v", d)
	}
	if d := stat.CliffsDelta([]float64{5, 6}, []float64{1, math.Inf(1)}); d != 0 {
		t.Errorf("Cliff's delta with a failure %v", d)
	}
}

// Holm 1979: multiply the k-th smallest of m by m-k+1, and never decrease.
func TestHolm(t *testing.T) {
	got := stat.Holm([]float64{0.01, 0.04, 0.03, 0.005, 0.9})
	for i, want := range []float64{0.04, 0.09, 0.09, 0.025, 0.9} {
		if !near(got[i], want, 1e-14) {
			t.Errorf("%v", got)
		}
	}
	if got := stat.Holm([]float64{0.6, 0.7}); got[0] != 1 || got[1] != 1 {
		t.Errorf("%v", got)
	}
}

func TestERT(t *testing.T) {
	// COCO: two of four reach the target after 10 and 20; the others spend 100 each.
	ert, success := stat.ERT([]float64{10, 100, 20, 100}, []bool{true, false, true, false})
	if ert != 115 || success != 0.5 {
		t.Errorf("%v, %v", ert, success)
	}
	if ert, success := stat.ERT([]float64{5}, []bool{false}); !math.IsInf(ert, 1) || success != 0 {
		t.Errorf("%v, %v", ert, success)
	}
	if ert, _ := stat.ERT(nil, nil); !math.IsNaN(ert) {
		t.Errorf("%v", ert)
	}
}

// The definitions on costs that one can check by hand.
func TestProfiles(t *testing.T) {
	inf := math.Inf(1)
	costs := [][]float64{
		{1, 4, inf, 10, inf},
		{2, 2, 5, 10, inf},
	}
	p := stat.PerformanceProfiles(costs)
	for _, c := range []struct {
		tau  float64
		want [2]float64
	}{{0.9, [2]float64{0, 0}}, {1, [2]float64{0.4, 0.6}}, {1.5, [2]float64{0.4, 0.6}}, {2, [2]float64{0.6, 0.8}}, {1e9, [2]float64{0.6, 0.8}}} {
		if a, b := p[0].At(c.tau), p[1].At(c.tau); a != c.want[0] || b != c.want[1] {
			t.Errorf("rho(%v) = %v, %v, want %v", c.tau, a, b, c.want)
		}
	}
	d := stat.DataProfiles(costs, []float64{1, 2, 5, 10, 1})
	for _, c := range []struct {
		alpha float64
		want  [2]float64
	}{{0.5, [2]float64{0, 0}}, {1, [2]float64{0.4, 0.6}}, {2, [2]float64{0.6, 0.8}}} {
		if a, b := d[0].At(c.alpha), d[1].At(c.alpha); a != c.want[0] || b != c.want[1] {
			t.Errorf("d(%v) = %v, %v, want %v", c.alpha, a, b, c.want)
		}
	}
}
