package adaptive

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/study/stat"
	"github.com/godescent/descent/vec"
	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/mat"
)

// DCTAdamW is about cosines in place of singular vectors.
var DCTAdamW = claim.Claim{
	ID: "dct-adamw",
	Paper: claim.Paper{
		Authors: "Modoranu, Safaryan, Schultheis and Alistarh", Year: 2025,
		Title: "SVD-Free Low-Rank Adaptive Gradient Optimization for Large Language Models",
		Where: "arXiv:2505.17967",
	},
	Statement: "Adam on the r cosines of a fixed basis that align best with a gradient trains as well as on its singular vectors, with less memory and without the time of a singular value decomposition; the square of what is dropped is at most 1 - r/k of the gradient's.",
	Published: "Algorithm 1; the abstract: the accuracy of methods with singular vectors, faster and with less memory (Llama models of 350M to 1.3B parameters, no numbers there). Parts of random matrices that are kept: an independent computation. Ours, set before the first run: loss in training at most 1.15 times Adam's, which steps of none of these weights must miss by more, and accuracy within a point with r = k/4; at most 1.05 times GaLore's loss, and with feedback at most 1.05 times the loss without.",
	Method: `(1) Projections by the rule, read from a step with a very large Eps, against fast cosine transforms; the bound on 1000 random matrices with l2 norms; 50 steps with r = k against AdamW in the rotated basis.
(2) The part of the square that is kept of 128 x 64 matrices, means of 20: independent entries, products of random factors of rank 8, and these with right factors that are smooth (sums of the first 8
cosines); GaLore's singular vectors keep the most that is possible. (3) 96-96 hidden units on 11340 samples of forest covers in place of language models; the weights of both hidden layers (96 x 54, 96 x 96) have r = k/4, the others
are left to Adam: 5 epochs of 178 batches of 64, four rates from 1e-3 to 3e-2 each, tuned on two seeds and judged on 10 others by paired ratios. With the 96 x 96 weights alone nothing would be compared: a network
that makes no steps of them is as good. GaLore refreshes every 200 steps and has Scale 1, as
DCT-AdamW has none. (4) Medians of times: a step of DCT-AdamW, which chooses anew, against a singular value decomposition of the same 256 x 256 matrix by gonum; two orders of magnitude are expected, so that noise
of the machine decides nothing.`,
	Check: dctAdamW(dct, 10),
}

// A lowRank makes a rule with a rank, l2 norms in place of l1, and an Eps, 0 for its default.
type lowRank func(rank int, square bool, eps float64) rule.Rule

func dct(rank int, square bool, eps float64) rule.Rule {
	return rule.DCTAdamW{Rank: rank, Square: square, Eps: eps, Decay: -1}
}

func singularVectors(rank int, _ bool, eps float64) rule.Rule {
	return rule.GaLore{Rank: rank, Eps: eps, Scale: 1}
}

// dctAdamW checks with rules in the place of DCTAdamW, on so many seeds; none: without networks and times.
func dctAdamW(of lowRank, seeds int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		for _, part := range []func(context.Context, *claim.Record, lowRank) error{projections, contraction, rotated, kept} {
			if err := part(ctx, r, of); err != nil {
				return err
			}
		}
		if seeds == 0 {
			return nil
		}
		if err := dctOnCovers(ctx, r, of, seeds); err != nil {
			return err
		}
		return dctTimes(ctx, r, of)
	}
}

// project returns what a rule keeps of g: with so large an Eps its first step at the rate Eps is linear.
func (of lowRank) project(rank int, square bool, g []float64, rows, cols int) []float64 {
	const large = 1e15
	r, x := of(rank, square, large), make([]float64, len(g))
	rule.Step(r, x, g, rule.NewState[float64](r, len(g), rule.Block{Shape: []int{rows, cols}}), large)
	vec.Scal(-1, x)
	return x
}

// share returns |x|^2/|y|^2.
func share(x, y []float64) float64 { return vec.Dot(x, x) / vec.Dot(y, y) }

// cosineTransform returns the orthogonal DCT-II of each row of x, of length k, or its inverse.
func cosineTransform(x []float64, k int, inverse bool) []float64 {
	f, out := fourier.NewQuarterWaveFFT(k), slices.Clone(x)
	for row := range slices.Chunk(out, k) {
		if inverse {
			row[0] *= math.Sqrt2
			vec.Scal(1/math.Sqrt(2*float64(k)), f.CosCoefficients(row, row))
		} else {
			vec.Scal(1/math.Sqrt(8*float64(k)), f.CosSequence(row, row))
			row[0] /= math.Sqrt2
		}
	}
	return out
}

// byTransform projects the rows of g on the cosines with the largest l1 or l2 norms of coefficients.
func byTransform(g []float64, k, rank int, square bool) []float64 {
	s, scores, order := cosineTransform(g, k, false), make([]float64, k), make([]int, k)
	for i, v := range s {
		if square {
			v *= v
		}
		scores[i%k] += math.Abs(v)
	}
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	for row := range slices.Chunk(s, k) {
		for _, j := range order[rank:] {
			row[j] = 0
		}
	}
	return cosineTransform(s, k, true)
}

func normals(s *rng.Stream, n int) []float64 {
	g := make([]float64, n)
	for i := range g {
		g[i] = s.Norm()
	}
	return g
}

// projections compares the rule's with those by transforms.
func projections(_ context.Context, r *claim.Record, of lowRank) error {
	const rows, k, rank = 80, 64, 16
	transposed := func(x []float64) []float64 { return mat.DenseCopyOf(mat.NewDense(rows, k, x).T()).RawMatrix().Data }
	s, worst := rng.New(1, "dct-adamw"), 0.0
	for range 10 {
		for _, square := range []bool{false, true} {
			g := normals(&s, rows*k)
			want := byTransform(g, k, rank, square)
			worst = max(worst, apart(of.project(rank, square, g, rows, k), want), apart(of.project(rank, square, transposed(g), k, rows), transposed(want)))
		}
	}
	r.AtMost("k = 64, r = 16: distance of projections from those by fast transforms", worst, 1e-10)
	return nil
}

// contraction compares what is dropped with its bound, of matrices whose columns have different sizes.
func contraction(ctx context.Context, r *claim.Record, of lowRank) error {
	s, worst := rng.New(2, "dct-adamw"), 0.0
	for range 1000 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		k := 2 + s.Intn(15)
		rows, rank := k+s.Intn(16), 1+s.Intn(k-1)
		g := normals(&s, rows*k)
		for i := range g {
			g[i] *= math.Exp(float64(i % k % 3))
		}
		dropped := of.project(rank, true, g, rows, k)
		vec.Axpy(-1, g, dropped)
		worst = max(worst, share(dropped, g)/(1-float64(rank)/float64(k)))
	}
	r.AtMost("1000 random matrices, l2 norms: largest part that is dropped / (1 - r/k)", worst, 1)
	return nil
}

// rotated compares steps with all cosines with AdamW's on the coefficients.
func rotated(ctx context.Context, r *claim.Record, of lowRank) error {
	const rows, k, n, rate = 24, 16, 50, 0.01
	s := rng.New(3, "dct-adamw")
	start, center := normals(&s, rows*k), normals(&s, rows*k)
	gradient := func(g, x []float64) {
		for i, v := range x {
			g[i] = (1 + float64(i%7)) * (v - center[i])
		}
	}
	ofCoefficients := func(g, y []float64) {
		gradient(g, cosineTransform(y, k, true))
		copy(g, cosineTransform(g, k, false))
	}
	x, y, plain := slices.Clone(start), cosineTransform(start, k, false), slices.Clone(start)
	adamw := rule.AdamW{Decay: -1}
	for _, c := range []struct {
		rule     rule.Rule
		gradient func(g, x []float64)
		x        []float64
	}{{of(k, false, 0), gradient, x}, {adamw, gradient, plain}, {adamw, ofCoefficients, y}} {
		p := path{rule: c.rule, rate: constant(rate), gradient: c.gradient, shape: []int{rows, k}}
		if err := p.follow(ctx, c.x, n, func(int, *rule.State[float64]) bool { return true }); err != nil {
			return err
		}
	}
	r.AtMost("r = k: distance from AdamW in the rotated basis after 50 steps", apart(x, cosineTransform(y, k, true)), 1e-12)
	r.Note("r = k: distance from AdamW itself", apart(x, plain))
	return nil
}

// kept measures the part of random matrices that is kept.
func kept(ctx context.Context, r *claim.Record, of lowRank) error {
	const rows, k, low, draws = 128, 64, 8, 20
	s := rng.New(4, "dct-adamw")
	product := func(right []float64) []float64 {
		g := make([]float64, rows*k)
		vec.Gemm(false, false, rows, k, low, 1, normals(&s, rows*low), low, right, k, 0, g, k)
		return g
	}
	for _, c := range []struct {
		name string
		draw func() []float64
		want [3]float64 // 0: not judged
	}{
		{"independent", func() []float64 { return normals(&s, rows*k) }, [3]float64{0.078, 0.29, 0.55}},
		{"rank 8", func() []float64 { return product(normals(&s, low*k)) }, [3]float64{0.14, 0.43, 0.69}},
		{"rank 8, smooth", func() []float64 {
			coefficients := make([]float64, low*k)
			for row := range slices.Chunk(coefficients, k) {
				copy(row, normals(&s, low))
			}
			return product(cosineTransform(coefficients, k, true))
		}, [3]float64{0, 1, 1}},
	} {
		var l1, l2, most [3]float64
		for range draws {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			g := c.draw()
			for i, rank := range []int{4, 16, 32} {
				l1[i] += share(of.project(rank, false, g, rows, k), g) / draws
				l2[i] += share(of.project(rank, true, g, rows, k), g) / draws
				most[i] += share(lowRank(singularVectors).project(rank, false, g, rows, k), g) / draws
			}
		}
		for i, rank := range []int{4, 16, 32} {
			name := fmt.Sprintf("%s, r = %d: part that is kept", c.name, rank)
			if c.want[i] > 0 {
				r.Equal(name, l1[i], c.want[i], 0.02)
			} else {
				r.Note(name, l1[i])
			}
			r.AtMost(name+", with l2 norms instead, less that", math.Abs(l2[i]-l1[i]), 0.005)
			r.AtMost(name+" / the most that is possible", l1[i]/most[i], 1+1e-9)
		}
	}
	return nil
}

func dctOnCovers(ctx context.Context, r *claim.Record, of lowRank, seeds int) error {
	t := net.Task{Name: "covers", Data: "covtype15k", Spec: nn.Spec{Kind: "mlp", Hidden: []int{96, 96}}, Epochs: 5, Batch: 64}
	rates := []float64{1e-3, 3e-3, 1e-2, 3e-2}
	hidden := func(name string, h rule.Rule) net.Contestant {
		groups := []rule.Group{{Pattern: "layers.0.weight", Rule: h}, {Pattern: "layers.1.weight", Rule: h}}
		return net.Contestant{Name: name, Rule: rule.Groups{Groups: groups, Rest: rule.Adam{}}, Rates: rates}
	}
	cosines, galore := of(0, false, 0), singularVectors(0, false, 0)
	runs, err := contest(ctx, r, t, []net.Contestant{
		hidden("Adam", rule.Adam{}), hidden("DCT-AdamW", cosines), hidden("GaLore", galore),
		hidden("DCT-AdamW with feedback", rule.DCTAdamW{Feedback: true, Decay: -1}), hidden("no steps", rule.FRUGAL{Density: -1, Ratio: -1}),
	}, net.Seeds(1, 2), net.Seeds(11, seeds))
	if err != nil {
		return err
	}
	for _, c := range []struct {
		a, b string
		most float64
	}{{"DCT-AdamW", "Adam", 1.15}, {"DCT-AdamW", "GaLore", 1.05}, {"DCT-AdamW with feedback", "DCT-AdamW", 1.05}, {"Adam", "no steps", 1 / 1.15}} {
		r.RatioAtMost(fmt.Sprintf("%s: loss in training of %s / %s", t.Name, c.a, c.b), losses(runs[c.a]), losses(runs[c.b]), c.most)
	}
	r.DifferenceAtLeast(t.Name+": accuracy of DCT-AdamW - Adam", scores(runs["DCT-AdamW"]), scores(runs["Adam"]), -0.01)
	numbers := func(of rule.Rule) float64 {
		return float64(rule.NewState[float32](of, 96*96, rule.Block{Shape: []int{96, 96}}).Numbers())
	}
	r.AtMost("96 x 96: numbers remembered by DCT-AdamW / GaLore", numbers(cosines)/numbers(galore), 1)
	r.Note("96 x 96: numbers remembered by DCT-AdamW / Adam", numbers(cosines)/numbers(rule.Adam{}))
	return nil
}

func dctTimes(ctx context.Context, r *claim.Record, of lowRank) error {
	const k = 256
	s := rng.New(5, "dct-adamw")
	g, x := normals(&s, k*k), make([]float64, k*k)
	seconds := func(n int, f func()) float64 {
		var all []float64
		for range n {
			begun := time.Now()
			f()
			all = append(all, time.Since(begun).Seconds())
		}
		return stat.Median(all)
	}
	step := of(k/4, false, 0)
	state := rule.NewState[float64](step, k*k, rule.Block{Shape: []int{k, k}})
	cosines := seconds(20, func() { rule.Step(step, x, g, state, 1e-9) })
	factored := true
	decomposition := seconds(3, func() {
		var svd mat.SVD
		factored = svd.Factorize(mat.NewDense(k, k, g), mat.SVDThin) && factored
	})
	if !factored {
		return fmt.Errorf("256 x 256: the singular value decomposition failed")
	}
	r.AtMost("256 x 256: time of a step of DCT-AdamW / of a singular value decomposition", cosines/decomposition, 1)
	return ctx.Err()
}
