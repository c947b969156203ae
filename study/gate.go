package study

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/study/stat"
)

// A Gate is a condition under which a study fails, for continuous integration:
//
//	gate     = side ("<" | ">" | "<=" | ">=") side
//	side     = number | [number "*"] measured
//	measured = ARM | QUANTITY "(" ARM ")"
//
// An ARM is the name of one, in double quotes if it has other characters than letters, digits
// and . _ - : | +. Alone it means cost(ARM). A QUANTITY is cost, of reaching the target in
// the measure of the study; success, the share of runs that reach it; or seconds,
// iterations, evaluations, value or certificate, at the end of whole runs.
//
// A gate is tripped on a problem only if the condition is shown: of two costs, if the interval
// of their ratio is wholly on the wrong side ("cd > 1.1 * fista"); of one and a number, if the
// interval of its median is; of two other quantities, which may be negative or 0, if the intervals of both
// are apart. So noise does not trip it. Costs of an arm that never
// reaches the target, or cannot run, are infinite; a gate that lacks records of another version is undecided.
type Gate struct {
	text        string
	left, right side
	greater     bool // left > right trips, else left < right
	equal       bool // equality trips too
}

// side is factor * quantity(arm), or the factor alone.
type side struct {
	factor   float64
	quantity string
	arm      string
}

// quantities are what gates compare.
var quantities = map[string]func(*Record) float64{
	"cost": nil, "success": nil,
	"seconds":     func(r *Record) float64 { return r.Seconds },
	"iterations":  func(r *Record) float64 { return float64(r.Iterations) },
	"evaluations": func(r *Record) float64 { return float64(r.Counts.Evals()) },
	"value":       func(r *Record) float64 { return worst(r.Value) },
	"certificate": func(r *Record) float64 { return worst(r.Certificate.Value) },
}

var quantityNames = []string{"cost", "success", "seconds", "iterations", "evaluations", "value", "certificate"}

func (g Gate) String() string { return g.text }

// ParseGate reads a gate.
func ParseGate(text string) (Gate, error) {
	g := Gate{text: strings.Trim(text, " \t")}
	if strings.Count(text, `"`)%2 == 1 {
		return g, fmt.Errorf("gate %q: a quote is not closed", text)
	}
	p := gateParser{text: text, tokens: gateTokens(text)}
	var err error
	if g.left, err = p.side(); err != nil {
		return g, err
	}
	op := p.next()
	if !slices.Contains([]string{"<", ">", "<=", ">="}, op) {
		return g, p.bad(op, "<, >, <= or >=")
	}
	g.greater, g.equal = op[0] == '>', len(op) == 2
	if g.right, err = p.side(); err != nil {
		return g, err
	}
	if rest := p.next(); rest != "" {
		return g, p.bad(rest, "the end")
	}
	if g.left.arm == "" && g.right.arm == "" {
		return g, fmt.Errorf("gate %q: two numbers: want a method on one side at least", text)
	}
	return g, nil
}

// gateTokens cuts a gate into words, quoted names (with their first quote) and signs.
func gateTokens(text string) []string {
	var out []string
	for i := 0; i < len(text); {
		c := text[i]
		j := i + 1
		switch {
		case c == ' ' || c == '\t':
			i = j
			continue
		case c == '"':
			for j < len(text) && text[j] != '"' {
				j++
			}
			out = append(out, text[i:j])
			i = j + 1
			continue
		case c == '<' || c == '>':
			if j < len(text) && text[j] == '=' {
				j++
			}
		case c == '(' || c == ')' || c == '*':
		default:
			for j < len(text) && !strings.ContainsRune(" \t<>()*\"=", rune(text[j])) {
				j++
			}
		}
		out = append(out, text[i:j])
		i = j
	}
	return out
}

type gateParser struct {
	text   string
	tokens []string
}

func (p *gateParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

func (p *gateParser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *gateParser) bad(got, want string) error {
	if got == "" {
		got = "its end"
	} else {
		got = strconv.Quote(strings.TrimPrefix(got, `"`))
	}
	return fmt.Errorf("gate %q: at %s: want %s (such as 'cd > 1.1 * fista' or 'success(cd) < 1'; a name with other characters in double quotes)", p.text, got, want)
}

func (p *gateParser) side() (side, error) {
	s := side{factor: 1}
	t := p.next()
	if v, err := strconv.ParseFloat(t, 64); err == nil {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return s, p.bad(t, "a finite number")
		}
		s.factor = v
		if p.peek() != "*" {
			return s, nil
		}
		p.next()
		if !(v > 0) {
			return s, p.bad(t, "a factor > 0")
		}
		t = p.next()
	}
	if t == "" || strings.ContainsAny(t[:1], "<>()*=") {
		return s, p.bad(t, "a method, a quantity of one, or a number")
	}
	if s.quantity, s.arm = "cost", strings.TrimPrefix(t, `"`); s.arm == "" {
		return s, p.bad(`""`, "a method")
	}
	if p.peek() != "(" || t[0] == '"' {
		return s, nil
	}
	if _, ok := quantities[t]; !ok {
		return s, p.bad(t, "a quantity, one of "+strings.Join(quantityNames, ", "))
	}
	p.next()
	s.quantity, s.arm = t, strings.TrimPrefix(p.next(), `"`)
	if s.arm == "" || strings.ContainsAny(s.arm[:1], "<>()*=") {
		return s, p.bad(s.arm, "a method")
	}
	if end := p.next(); end != ")" {
		return s, p.bad(end, ")")
	}
	return s, nil
}

// Check returns an error unless the arms of the gate are in the study.
func (g Gate) Check(s *Study) error {
	for _, side := range []side{g.left, g.right} {
		if side.arm == "" || s.arm(side.arm) >= 0 {
			continue
		}
		var names []string
		for _, a := range s.Arms {
			names = append(names, a.Name)
		}
		return fmt.Errorf("gate %q: no method %q in the study%s; it has: %s", g.text, side.arm, catalog.DidYouMean(side.arm, names), strings.Join(names, ", "))
	}
	return nil
}

// A GateResult says how a gate fared on a problem.
type GateResult struct {
	Gate      string
	Problem   string
	Tripped   bool
	Undecided bool // the interval has values on both sides
	Detail    string
}

// Gate checks a gate on every problem.
func (res *Results) Gate(g Gate) ([]GateResult, error) {
	if err := g.Check(res.Study); err != nil {
		return nil, err
	}
	var out []GateResult
	for p := range res.Study.Problems {
		value, i := res.gateValue(p, g)
		r := GateResult{Gate: g.text, Problem: res.Study.Problems[p].String()}
		bound := g.bound()
		beyond := func(v float64) bool {
			if g.equal && v == bound {
				return true
			}
			if g.greaterThan() {
				return v > bound
			}
			return v < bound
		}
		r.Tripped = beyond(i.Low) && beyond(i.High)
		r.Undecided = !r.Tripped && (beyond(i.Low) || beyond(i.High) || math.IsNaN(value))
		if r.Detail = fmt.Sprintf("%s is %s%s", g.quantityText(), short(value), intervalText(i)); math.IsNaN(value) {
			r.Detail = g.quantityText() + " cannot be told: both are infinite"
		}
		if text := res.unrecorded(p, g); text != "" {
			r.Tripped, r.Undecided, r.Detail = false, true, g.quantityText()+" cannot be told: "+text
		}
		out = append(out, r)
	}
	return out, nil
}

// unrecorded says which records of another version the gate lacks on a problem; "" if none.
func (res *Results) unrecorded(p int, g Gate) string {
	for _, side := range []side{g.left, g.right} {
		if a := res.Study.arm(side.arm); side.arm != "" && res.Study.Arms[a].Recorded != "" {
			if text := res.outcomes(p, a).errorText(); text != "" {
				return text
			}
		}
	}
	return ""
}

// ratio reports whether two costs are compared, by their ratio.
func (g Gate) ratio() bool {
	return g.left.arm != "" && g.left.quantity == "cost" && g.right.quantity == "cost" && g.right.arm != ""
}

// bound is the number that what is measured is compared with.
func (g Gate) bound() float64 {
	switch {
	case g.left.arm == "":
		return g.left.factor / g.right.factor
	case g.right.arm == "":
		return g.right.factor / g.left.factor
	case g.ratio():
		return 1
	}
	return 0
}

// greaterThan reports whether what is measured trips the gate by being greater.
func (g Gate) greaterThan() bool {
	if g.left.arm == "" {
		return !g.greater
	}
	return g.greater
}

// quantityText names what is measured.
func (g Gate) quantityText() string {
	name := func(s side) string { return s.quantity + "(" + s.arm + ")" }
	switch {
	case g.left.arm == "":
		return name(g.right)
	case g.right.arm == "":
		return name(g.left)
	}
	if g.ratio() {
		r := name(g.right)
		if f := g.right.factor / g.left.factor; f != 1 {
			r = fmt.Sprintf("(%s * %s)", short(f), r)
		}
		return name(g.left) + " / " + r
	}
	scaled := func(s side) string {
		if s.factor == 1 {
			return name(s)
		}
		return short(s.factor) + " * " + name(s)
	}
	return scaled(g.left) + " - " + scaled(g.right)
}

// gateValue returns what a gate measures on a problem: a quantity, the ratio of two costs, or the difference of two other
// quantities, with their factors.
func (res *Results) gateValue(p int, g Gate) (float64, stat.Interval) {
	switch {
	case g.left.arm == "":
		return res.quantity(p, g.right)
	case g.right.arm == "":
		return res.quantity(p, g.left)
	}
	a, b := res.Study.arm(g.left.arm), res.Study.arm(g.right.arm)
	if g.ratio() {
		c := res.Compare(p, a, b)
		i := c.Interval
		switch c.Basis {
		case Reach:
			if i = (stat.Interval{Low: c.Ratio, High: c.Ratio}); !c.Shown {
				i = stat.Interval{Low: min(1, c.Ratio), High: max(1, c.Ratio)}
			}
		case Single:
			i = stat.Interval{Low: 0, High: math.Inf(1)}
		case Nothing:
			x, y := res.outcomes(p, a), res.outcomes(p, b)
			if ax, by := x.errorText() != "", y.errorText() != ""; ax != by { // the one that cannot run is infinitely dear
				c.Ratio = map[bool]float64{true: math.Inf(1), false: 0}[ax]
				i = stat.Interval{Low: c.Ratio, High: c.Ratio}
			}
		}
		factor := g.left.factor / g.right.factor
		return factor * c.Ratio, stat.Interval{Low: factor * i.Low, High: factor * i.High}
	}
	x, xi := res.quantity(p, g.left)
	y, yi := res.quantity(p, g.right)
	l, r := g.left.factor, g.right.factor
	return l*x - r*y, stat.Interval{Low: l*xi.Low - r*yi.High, High: l*xi.High - r*yi.Low}
}

// quantity returns the median of a quantity and its interval, which covers all of what one run gave.
func (res *Results) quantity(p int, s side) (float64, stat.Interval) {
	a := res.Study.arm(s.arm)
	o := res.outcomes(p, a)
	if s.quantity == "success" {
		share := float64(o.successes()) / float64(max(1, len(o.records)))
		return share, stat.Interval{Low: share, High: share}
	}
	values, lows := o.costs(), o.lower().costs()
	if f := quantities[s.quantity]; f != nil {
		values = o.each(f)
		lows = values
	}
	if o.errorText() != "" {
		inf := math.Inf(1)
		return inf, stat.Interval{Low: inf, High: inf}
	}
	return stat.Median(values), stat.Interval{Low: stat.MedianInterval(lows, res.Study.Level).Low, High: stat.MedianInterval(values, res.Study.Level).High}
}
