package catalog

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/problem/glm"
)

// Above this many variables a whole Hessian costs more than it saves.
const fewVariables = 500

// preferences are tried in order: the first method that is in the table, fits the
// problem and whose condition holds is the default.
var preferences = []struct {
	id   string
	when func(p *descent.Problem) bool
	why  func(p *descent.Problem) string
}{
	{"al-newton", tall, func(*descent.Problem) string {
		return "a loss with a kink, and more samples than columns or a penalty beside the ridge"
	}},
	{"dual-cd", wide, func(p *descent.Problem) string {
		if n := p.Objective.(coordinate.DualTerms).Terms(); n <= p.Dim {
			return fmt.Sprintf("a ridge penalty, and only %d samples for %d variables: the dual is the smaller problem", n, p.Dim)
		}
		return "a loss with a kink, a ridge penalty and many variables"
	}},
	{"newton", func(p *descent.Problem) bool { return p.Dim <= fewVariables && !kinked(p) }, func(p *descent.Problem) string {
		return fmt.Sprintf("smooth, with a Hessian and only %d %s", p.Dim, plural(p.Dim, "variable"))
	}},
	{"linear-cg", always, func(*descent.Problem) string { return "a quadratic, with Hessian-vector products" }},
	{"tr-newton-cg", always, func(*descent.Problem) string { return "smooth, with Hessian-vector products" }},
	{"lbfgs", always, func(*descent.Problem) string { return "smooth, with gradients" }},
	{"prox-newton", sparse, func(*descent.Problem) string {
		return "a Hessian and a sum of penalties of single coefficients: most of them will be zero or at a bound"
	}},
	{"group-newton", sparse, func(*descent.Problem) string {
		return "a Hessian and a sum of norms of groups: most of them will be zero"
	}},
	{"lbfgsb", always, func(*descent.Problem) string { return "smooth, with bounds" }},
	{"fista", always, func(*descent.Problem) string { return "a smooth part and a regularizer with a proximal map" }},
}

// kinked reports whether the curvature of the objective sits in narrow kinks, where
// full Newton steps jump to and fro and a trust region does not.
func kinked(p *descent.Problem) bool {
	m, ok := p.Objective.(*glm.Model)
	if !ok {
		return false
	}
	_, ok = m.Loss().(glm.Quantile)
	return ok
}

// tall reports whether a problem with a kinked loss is one for al-newton.
func tall(p *descent.Problem) bool {
	k, ok := p.Objective.(glm.Kinked)
	if !ok {
		return false
	}
	l2, d := k.Ridge()
	return p.Regularizer != nil || l2 == 0 || k.Terms() > d && d <= 3000
}

// wide reports whether dual coordinates beat Newton's method: for losses with kinks in
// their slopes where samples are fewer than columns, for the logistic loss where the
// rows are besides so short that a few epochs do.
func wide(p *descent.Problem) bool {
	if _, ok := p.Objective.(glm.Kinked); ok {
		return true
	}
	m, ok := p.Objective.(*glm.Model)
	if !ok || kinked(p) {
		return false
	}
	l2, d := m.Ridge()
	switch m.Loss().(type) {
	case glm.SquaredHinge, glm.Huber:
		return m.Terms() <= d
	case glm.Logistic:
		return 5*m.Terms() <= d && m.TermLipschitz() <= 3*float64(m.Terms())*l2
	}
	return false
}

// sparse reports whether blocks of the Hessian pay. Of several outputs they cost the
// samples times the square of the coefficients at work.
func sparse(p *descent.Problem) bool {
	m, ok := p.Objective.(*glm.Model)
	if !ok || p.Regularizer == nil || kinked(p) {
		return false
	}
	return m.SingleOutput() || float64(m.Terms())*float64(p.Dim)*float64(p.Dim) < 2e10
}

func always(*descent.Problem) bool { return true }

func plural(n int, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}

// Default chooses a method for a problem, and says why.
func Default(p *descent.Problem) (e Entry, why string, err error) {
	for _, pref := range preferences {
		i := slices.IndexFunc(methods, func(e Entry) bool { return e.ID == pref.id })
		if i >= 0 && methods[i].Fits(p) && pref.when(p) {
			return methods[i], pref.why(p), nil
		}
	}
	if fit := Fit(p); len(fit) > 0 {
		return fit[0], fmt.Sprintf("the first method that fits a problem of class %s", ClassOf(p)), nil
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return e, "", Decorate(err, p)
	}
	return e, "", fmt.Errorf("no method of the catalog fits %s: class %s, oracles %v", p.Name, ClassOf(p), p.Oracles())
}
