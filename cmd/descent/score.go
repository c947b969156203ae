package main

import (
	"fmt"
	"math"

	"github.com/godescent/descent/linalg"
)

// predictors returns z_k = X w_k + b_k, one slice per output.
func predictors(x linalg.Matrix, w [][]float64, b []float64) [][]float64 {
	n, _ := x.Dims()
	z := make([][]float64, len(w))
	for k := range w {
		z[k] = make([]float64, n)
		x.MulVec(z[k], w[k])
		for i := range z[k] {
			z[k][i] += b[k]
		}
	}
	return z
}

// classOf returns the output that wins for row i: of two classes, 1 where z > 0.
func classOf(z [][]float64, i int) int {
	if len(z) == 1 {
		if z[0][i] > 0 {
			return 1
		}
		return 0
	}
	best := 0
	for k := range z {
		if z[k][i] > z[best][i] {
			best = k
		}
	}
	return best
}

// probabilities returns the probability of each class for row i.
func probabilities(z [][]float64, i int) []float64 {
	if len(z) == 1 {
		// Each by its own formula: 1 - p would lose the digits of a small one.
		return []float64{1 / (1 + math.Exp(z[0][i])), 1 / (1 + math.Exp(-z[0][i]))}
	}
	p := make([]float64, len(z))
	top, sum := math.Inf(-1), 0.0
	for k := range z {
		top = max(top, z[k][i])
	}
	for k := range z {
		p[k] = math.Exp(z[k][i] - top)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

// mean returns the predicted target of a regression loss for the predictor z.
func mean(loss string, z float64) float64 {
	if loss == "poisson" {
		return math.Exp(z)
	}
	return z
}

// A metric is how well predictions meet known targets.
type metric struct {
	Name  string
	Value num
	Text  string // a line for people, "" where another metric has it
	Each  []num  // of several targets, whose mean Value is
}

// byName is metrics as a JSON object; those of several targets have a list beside their mean.
func byName(metrics []metric) map[string]any {
	out := map[string]any{}
	for _, k := range metrics {
		out[k.Name] = k.Value
		if k.Each != nil {
			out[k.Name+"_each"] = k.Each
		}
	}
	return out
}

// score compares predictors with encoded targets, with sample weights if there are
// any.
func score(m *model, z [][]float64, y, weights []float64) []metric {
	if len(m.Targets) > 1 {
		return scoreAll(m, z, y, weights)
	}
	weight := func(i int) float64 {
		if weights == nil {
			return 1
		}
		return weights[i]
	}
	total := 0.0
	for i := range y {
		total += weight(i)
	}
	average := func(f func(i int) float64) float64 {
		s := 0.0
		for i := range y {
			s += weight(i) * f(i)
		}
		return s / total
	}
	if classifies(m.Loss) {
		right := 0
		acc := average(func(i int) float64 {
			c := float64(classOf(z, i))
			if twoClass(m.Loss) {
				c = 2*c - 1
			}
			if c == y[i] {
				right++
				return 1
			}
			return 0
		})
		text := fmt.Sprintf("accuracy %.2f %% (%d of %d)", 100*acc, right, len(y))
		if weights != nil {
			text = fmt.Sprintf("weighted accuracy %.2f %%", 100*acc)
		}
		return []metric{{Name: "accuracy", Value: num(acc), Text: text}}
	}
	p := func(i int) float64 { return mean(m.Loss, z[0][i]) }
	switch m.Loss {
	case "quantile":
		q := m.Parameters["q"]
		pinball := average(func(i int) float64 { r := y[i] - p(i); return max(q*r, (q-1)*r) })
		below := average(func(i int) float64 { return map[bool]float64{true: 1}[y[i] <= p(i)] })
		return []metric{
			{Name: "pinball", Value: num(pinball), Text: fmt.Sprintf("mean pinball loss %.6g", pinball)},
			{Name: "share_below", Value: num(below), Text: fmt.Sprintf("%.1f %% of the targets lie below their prediction (q = %g)", 100*below, q)},
		}
	case "poisson":
		ybar := average(func(i int) float64 { return y[i] })
		dev := func(mu func(i int) float64) float64 {
			return average(func(i int) float64 {
				d := mu(i) - y[i]
				if y[i] > 0 {
					d += y[i] * math.Log(y[i]/mu(i))
				}
				return 2 * d
			})
		}
		d2 := 1 - dev(p)/dev(func(int) float64 { return ybar })
		return []metric{{Name: "d2", Value: num(d2), Text: fmt.Sprintf("deviance explained %.4f", d2)}}
	}
	ybar := average(func(i int) float64 { return y[i] })
	mse := average(func(i int) float64 { return (y[i] - p(i)) * (y[i] - p(i)) })
	variance := average(func(i int) float64 { return (y[i] - ybar) * (y[i] - ybar) })
	r2, rmse := 1-mse/variance, math.Sqrt(mse)
	return []metric{
		{Name: "r2", Value: num(r2), Text: fmt.Sprintf("R² %.4f", r2)},
		{Name: "rmse", Value: num(rmse), Text: fmt.Sprintf("root mean squared error %.6g", rmse)},
	}
}
