package firstorder

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/vec"
)

// LastIterate is about steps for which stochastic gradient descent needs no average.
var LastIterate = claim.Claim{
	ID: "last-iterate",
	Paper: claim.Paper{
		Authors: "Z. Liu and Z. Zhou", Year: 2024,
		Title: "Revisiting the Last-Iterate Convergence of Stochastic Gradient Methods",
		Where: "ICLR 2024, arXiv:2312.08531",
	},
	Statement: "Without bounded domain or noise the last of T iterates of stochastic mirror descent is within O(sqrt(D (M^2+s^2)/T)) of optimal with steps eta (T-t+1)/T^1.5, and within log T of that with eta/sqrt(t) or eta/sqrt(T).",
	Published: "Theorems on orders; the paper has no experiments. The function on which eta/sqrt(t) loses log T is that of Harvey, Liaw, Plan and Randhawa (COLT 2019, arXiv:1812.05217), who prove f(x_T+1) >= log T/(32 sqrt(T)).",
	Method: `(1) |x|_1/sqrt(d) and |x|_inf, d = 50, from |x_1| = 1, noise N(0, I/d) in each gradient, eta = 1, T = 100, 400, 1600, 6400: the mean
gap of 40 runs. Exponents of eta/sqrt(t) and eta/sqrt(T) in T should be -0.5 within 0.05; the steps that fall linearly should gain a factor of 5 from T = 400 on
(these functions are sharp, so they do better than their bound) and keep gap sqrt(T) <= 4 sqrt(D (M^2+s^2)), M = 2, s = 1, D = 1/2; the 4 is ours. (2) The
function of Harvey et al., deterministic, T = 256 ... 8192: gap sqrt(T) >= log(T)/32 with eta/sqrt(t), growing by 20 % or more over that range, and at most
1, growing by at most 10 %, with steps that fall linearly. Its subgradient is that of the first piece within 1e-12 of the largest. High probability,
mirror maps other than the Euclidean, smooth f and heavy tails are not checked.`,
	Check: lastIterate("linear"),
}

// lastIterate checks with a schedule in the place of the linear one.
func lastIterate(kind string) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		for _, infinity := range []bool{false, true} {
			if err := noisyNorm(ctx, r, infinity, kind); err != nil {
				return err
			}
		}
		return logFactor(ctx, r, kind)
	}
}

// lastGap returns f(x_{T+1}), for f* = 0, with eta = 1: the T terms are seen once, in any order.
func lastGap(ctx context.Context, f lastObjective, x0 []float64, kind string) (float64, error) {
	steps := float64(f.Terms())
	m := stochastic.SGD{Batch: 1, Average: "none", Step: 1 / math.Sqrt(steps), Schedule: schedule.Schedule{Kind: kind}}
	if kind == "inv-sqrt" { // time is in passes
		m.Step, m.Schedule.Horizon = 1, 1/steps
	}
	p := &descent.Problem{Name: "last iterate", Dim: len(x0), Objective: f}
	res, err := descent.Solve(ctx, p, m, x0, descent.Options{Tol: -1, MaxIter: 1, NoCheckpoint: true})
	if err == nil && res.Status == descent.Cancelled {
		err = ctx.Err()
	}
	if err != nil {
		return 0, err
	}
	return f.Value(res.X), nil
}

type lastObjective interface {
	descent.Objective
	descent.FiniteSum
}

func noisyNorm(ctx context.Context, r *claim.Record, infinity bool, linear string) error {
	const d, runs = 50, 40
	name := map[bool]string{false: "|x|_1/sqrt(d)", true: "|x|_inf"}[infinity]
	kinds := []string{"inv-sqrt", "constant", linear}
	lengths := []float64{100, 400, 1600, 6400}
	mean := make([][]float64, len(kinds))
	x0 := make([]float64, d)
	vec.Fill(x0, 1/math.Sqrt(d))
	for _, steps := range lengths {
		sum := make([]float64, len(kinds))
		for run := range runs {
			s := rng.New(uint64(run), "last iterate")
			f := noisy{infinity: infinity, noise: gaussian(&s, d*int(steps)), d: d}
			vec.Scal(1/math.Sqrt(d), f.noise)
			for k, kind := range kinds {
				gap, err := lastGap(ctx, f, x0, kind)
				if err != nil {
					return err
				}
				sum[k] += gap / runs
			}
		}
		for k := range kinds {
			mean[k] = append(mean[k], sum[k])
		}
		at := fmt.Sprintf("%s, T = %g: ", name, steps)
		r.AtMost(at+"gap sqrt(T), linear", sum[2]*math.Sqrt(steps), 4*math.Sqrt(0.5*(4+1)))
		r.Note(at+"gap sqrt(T), eta/sqrt(t)", sum[0]*math.Sqrt(steps))
		r.Note(at+"gap sqrt(T), eta/sqrt(T)", sum[1]*math.Sqrt(steps))
		if steps >= 400 {
			r.AtLeast(at+"gap of eta/sqrt(T) / linear", sum[1]/sum[2], 5)
		}
	}
	r.Equal(name+": exponent of eta/sqrt(t) in T", claim.Slope(lengths, mean[0]), -0.5, 0.05)
	r.Equal(name+": exponent of eta/sqrt(T) in T", claim.Slope(lengths, mean[1]), -0.5, 0.05)
	return nil
}

// noisy is a norm of x, with its own noise in the gradient of each term.
type noisy struct {
	infinity bool
	noise    []float64
	d        int
}

func (f noisy) Terms() int { return len(f.noise) / f.d }

func (f noisy) Value(x []float64) float64 {
	if f.infinity {
		return vec.NrmInf(x)
	}
	return vec.Asum(x) / math.Sqrt(float64(f.d))
}

func (f noisy) TermGradient(g, x []float64, idx []int) float64 {
	clear(g)
	top := vec.NrmInf(x)
	for i, v := range x {
		switch {
		case v == 0:
		case !f.infinity:
			g[i] = math.Copysign(1/math.Sqrt(float64(f.d)), v)
		case math.Abs(v) == top:
			g[i], top = math.Copysign(1, v), math.Inf(1) // the first one
		}
	}
	for _, k := range idx {
		vec.Axpy(1/float64(len(idx)), f.noise[k*f.d:(k+1)*f.d], g)
	}
	return f.Value(x)
}

func logFactor(ctx context.Context, r *claim.Record, linear string) error {
	var slow, fast []float64
	lengths := []int{256, 1024, 8192}
	for _, steps := range lengths {
		f, root := harvey{steps}, math.Sqrt(float64(steps))
		var gap [2]float64
		for k, kind := range []string{"inv-sqrt", linear} {
			var err error
			if gap[k], err = lastGap(ctx, f, make([]float64, steps), kind); err != nil {
				return err
			}
		}
		at := fmt.Sprintf("Harvey et al., T = %d: ", steps)
		r.AtLeast(at+"gap sqrt(T)/log(T), eta/sqrt(t)", gap[0]*root/math.Log(float64(steps)), 1./32)
		r.AtMost(at+"gap sqrt(T), linear", gap[1]*root, 1)
		slow, fast = append(slow, gap[0]*root), append(fast, gap[1]*root)
	}
	last := len(lengths) - 1
	r.AtLeast("Harvey et al.: growth of gap sqrt(T), eta/sqrt(t)", slow[last]/slow[0], 1.2)
	r.AtMost("Harvey et al.: growth of gap sqrt(T), linear", fast[last]/fast[0], 1.1)
	return nil
}

// harvey is f(x) = max over i = 1, ..., T+1 of sum_{j<i} a_j x_j - b_i x_i, a_j = 1/(8(T-j+1)), b_j = sqrt(j/T)/2,
// b_{T+1} = 0. Its minimum is 0, as 0 is a convex combination of the pieces' slopes, and |g| < 1.
type harvey struct{ steps int }

func (f harvey) a(j int) float64 { return 1 / (8 * float64(f.steps-j)) } // j from 0
func (f harvey) b(j int) float64 { return math.Sqrt(float64(j+1)/float64(f.steps)) / 2 }

func (f harvey) Terms() int { return f.steps }

func (f harvey) Value(x []float64) float64 {
	top, sum := math.Inf(-1), 0.0
	for j, v := range x {
		top = max(top, sum-f.b(j)*v)
		sum += f.a(j) * v
	}
	return max(top, sum)
}

func (f harvey) TermGradient(g, x []float64, _ []int) float64 {
	clear(g)
	value, sum := f.Value(x), 0.0
	for j, v := range x {
		if sum-f.b(j)*v >= value-1e-12 {
			g[j] = -f.b(j)
			break
		}
		g[j] = f.a(j)
		sum += g[j] * v
	}
	return value
}
