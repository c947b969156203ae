package firstorder

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/vec"
)

// Useful is about examples that networks learn late.
var Useful = claim.Claim{
	ID: "useful-sam",
	Paper: claim.Paper{
		Authors: "D. Nguyen, P. Haddad, E. Gan and B. Mirzasoleiman", Year: 2024,
		Title: "Changing the Training Data Distribution to Reduce Simplicity Bias Improves In-distribution Generalization",
		Where: "NeurIPS 2024, arXiv:2404.17768",
	},
	Statement: "Sharpness-aware minimization (SAM) learns slow and fast features more evenly than gradient descent; early outputs, clustered by class, tell which examples lack the fast feature, and to see those twice (USEFUL) speeds up the slow one.",
	Published: "Theorems for a two-layer network of cubes on patches with a slow and a fast feature; in experiments lower test errors on CIFAR and others, which are not checked.",
	Method: `The network f(x) = sum_j sum_p <w_j, x_p>^3 with 40 filters in R^50, w ~ N(0, 0.01), logistic loss, 600 examples of three patches, whose order does not
matter: 0.2 y e_1, then y e_2 (0 in one of ten examples), then noise N(0, 0.125^2) on the other axes. 800 full gradient steps of 0.1, SAM with radius 0.1. For each of 3 seeds: the gap
max_j w_j2 - 0.2 max_j w_j1 of SAM is below that of gradient descent at steps 100, 200, ..., 800; the best split of the outputs of each class after 60 steps in two, the part of higher mean loss being slow, puts at least
98 % of the examples right; max_j w_j1 grows with the slow examples twice at least 1.4 times as much as without. The factors are ours. The split is exact where the paper has k-means.
Natural images, momentum and mini-batches are not checked.`,
	Check: usefulSAM(0.1, true),
}

// usefulSAM checks with a radius of SAM, and with the slow examples twice or the others.
func usefulSAM(rho float64, slow bool) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		right, examples := 0, 0
		for seed := range uint64(3) {
			t := newFeatures(seed)
			plain, early, err := t.train(ctx, rule.SGD{})
			if err != nil {
				return err
			}
			even, _, err := t.train(ctx, rule.SAM{Rule: rule.SGD{}, Rho: rho})
			if err != nil {
				return err
			}
			for k := 1; k < len(plain); k++ {
				r.AtMost(fmt.Sprintf("seed %d, step %d: gap of SAM - of gradient descent", seed, 100*k), even[k].gap()-plain[k].gap(), 0)
			}
			for i, late := range t.late(early) {
				examples++
				if late == !t.fast[i] {
					right++
				}
				if late == slow {
					t.weight[i] = 2
				}
			}
			twice, _, err := t.train(ctx, rule.SGD{})
			if err != nil {
				return err
			}
			last := len(plain) - 1
			grown := plain[last].slow - plain[0].slow
			r.AtLeast(fmt.Sprintf("seed %d: growth of the slow feature, USEFUL / gradient descent", seed), (twice[last].slow-twice[0].slow)/grown, 1.4)
			r.Note(fmt.Sprintf("seed %d: growth of the slow feature, gradient descent", seed), grown)
			r.Note(fmt.Sprintf("seed %d: growth of the slow feature, SAM", seed), even[last].slow-even[0].slow)
			r.Note(fmt.Sprintf("seed %d: gap of gradient descent at the end", seed), plain[last].gap())
			r.Note(fmt.Sprintf("seed %d: gap of SAM at the end", seed), even[last].gap())
		}
		r.AtLeast("share of examples put right by early outputs", float64(right)/float64(examples), 0.98)
		return nil
	}
}

const (
	featureDim, featureNoise, filters, featured = 50, 48, 40, 600
	slowSize                                    = 0.2
)

// features are examples with a slow and a fast feature, and the network that learns them. Features
// are along axes, so that only the patch of noise takes products of matrices.
type features struct {
	y, weight, out []float64
	fast           []bool
	noise          []float64 // featured x featureNoise
	start          []float64 // filters x featureDim

	w, z, c, gw []float64 // of the noise
}

// alignment is the largest part of a filter along the features.
type alignment struct{ slow, fast float64 }

func (a alignment) gap() float64 { return a.fast - slowSize*a.slow }

func newFeatures(seed uint64) *features {
	s := rng.New(seed, "features")
	t := &features{
		y: make([]float64, featured), weight: make([]float64, featured), out: make([]float64, featured), fast: make([]bool, featured),
		noise: gaussian(&s, featured*featureNoise), start: gaussian(&s, filters*featureDim),
		w: make([]float64, filters*featureNoise), z: make([]float64, featured*filters), c: make([]float64, featured*filters), gw: make([]float64, filters*featureNoise),
	}
	vec.Scal(0.125, t.noise)
	vec.Scal(0.1, t.start)
	for i := range t.y {
		t.y[i], t.fast[i], t.weight[i] = math.Copysign(1, s.Norm()), s.Float64() < 0.9, 1
	}
	return t
}

// train returns the alignments after 0, 100, ..., 800 steps, and the outputs after 60.
func (t *features) train(ctx context.Context, m rule.Rule) (path []alignment, early []float64, err error) {
	w, g := slices.Clone(t.start), make([]float64, len(t.start))
	s, o := rule.NewState[float64](m, len(w)), &rule.Oracle[float64]{Gradient: t.gradient}
	for k := range 801 {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		t.gradient(g, w)
		if k == 60 {
			early = slices.Clone(t.out)
		}
		if k%100 == 0 {
			a := alignment{math.Inf(-1), math.Inf(-1)}
			for j := range filters {
				a.slow, a.fast = max(a.slow, w[j*featureDim]), max(a.fast, w[j*featureDim+1])
			}
			path = append(path, a)
		}
		rule.StepWith(m, w, g, s, 0.1, o)
	}
	return path, early, nil
}

// gradient stores the gradient of the weighted mean logistic loss, and leaves outputs in out.
func (t *features) gradient(g, w []float64) float64 {
	for j := range filters {
		copy(t.w[j*featureNoise:(j+1)*featureNoise], w[j*featureDim+2:])
	}
	vec.Gemm(false, true, featured, filters, featureNoise, 1, t.noise, featureNoise, t.w, featureNoise, 0, t.z, filters)
	clear(g)
	loss, total := 0.0, vec.Sum(t.weight)
	for i, y := range t.y {
		z, c := t.z[i*filters:(i+1)*filters], t.c[i*filters:(i+1)*filters]
		f, there := 0.0, 0.0
		if t.fast[i] {
			there = y
		}
		for j, v := range z {
			a, b := slowSize*y*w[j*featureDim], there*w[j*featureDim+1]
			f += v*v*v + a*a*a + b*b*b
		}
		t.out[i] = f
		loss += t.weight[i] / total * math.Log1p(math.Exp(-y*f))
		slope := -3 * y / (1 + math.Exp(y*f)) * t.weight[i] / total
		for j, v := range z {
			a, b := slowSize*y*w[j*featureDim], there*w[j*featureDim+1]
			c[j] = slope * v * v
			g[j*featureDim] += slope * a * a * slowSize * y
			g[j*featureDim+1] += slope * b * b * there
		}
	}
	vec.Gemm(true, false, filters, featureNoise, featured, 1, t.c, filters, t.noise, featureNoise, 0, t.gw, featureNoise)
	for j := range filters {
		copy(g[j*featureDim+2:(j+1)*featureDim], t.gw[j*featureNoise:])
	}
	return loss
}

// late tells which examples are in the part of higher mean loss of their class.
func (t *features) late(out []float64) []bool {
	late := make([]bool, len(out))
	for _, class := range []float64{-1, 1} {
		var members []int
		for i, y := range t.y {
			if y == class {
				members = append(members, i)
			}
		}
		// Losses fall with y f: the part with the smaller margins has the higher mean.
		slices.SortStableFunc(members, func(a, b int) int {
			switch d := class * (out[a] - out[b]); {
			case d < 0:
				return -1
			case d > 0:
				return 1
			}
			return 0
		})
		sorted := make([]float64, len(members))
		for k, i := range members {
			sorted[k] = out[i]
		}
		for _, i := range members[:bestSplit(sorted)] {
			late[i] = true
		}
	}
	return late
}

// bestSplit returns how many of the first of sorted numbers make the first of two clusters with the
// least sum of squares, 0 if all are equal.
func bestSplit(x []float64) int {
	total, left, best, at := vec.Sum(x), 0.0, 0.0, 0
	n := float64(len(x))
	for k := 1; k < len(x); k++ {
		left += x[k-1]
		// Between the clusters' means, times the sizes: what the split takes off.
		a, b := float64(k), n-float64(k)
		if gain := sqf(left/a-(total-left)/b) * a * b / n; gain > best {
			best, at = gain, k
		}
	}
	return at
}
