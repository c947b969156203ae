// Package rule has update rules for parameters: how a gradient changes x, given what the rule
// remembers. A rule is a value with options, whose zero value is the documented default; what
// it remembers is a [State], which the caller keeps, saves and restores. Rules know neither
// batches nor schedules: those belong to the method that calls them, with a learning rate
// for each step.
//
// Most rules update each parameter alone: one pass, in float32 or float64, on parts that run in
// parallel. A rule that asks for more says so in [Needs]: blocks (the tensors that the
// parameters are made of, see [Block]), all parameters at once, the loss, gradients at other
// points, or curvatures. A driver learns from [NeedsOf] what it must provide, and from
// [Provides] whether it does. Rules that wrap a rule ([Decay], [Clip], [Lookahead], ...) need what that
// needs and add to it. No rule allocates in the steady state, and none keeps anything
// outside of its State, so that a run that is saved and restored goes on with the same bits.
package rule

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/godescent/descent/vec"
)

// A Rule is an update rule.
type Rule interface {
	// Check returns an error unless all options are in their ranges.
	Check() error
	// Rate returns the learning rate that is a good first guess.
	Rate() float64
	// Vectors returns how many vectors, each as long as x, the rule remembers.
	Vectors() int
	// Step32 and Step64 change the parameters of a part, and what the rule remembers of
	// them, by one step.
	Step32(p *Part[float32])
	Step64(p *Part[float64])
}

// A Scope is what a rule updates at once.
type Scope int

// Scopes, from small to large.
const (
	Elements Scope = iota // each parameter alone: any part of them will do
	Blocks                // each block, with its shape
	Whole                 // all parameters
)

func (s Scope) String() string { return [...]string{"elements", "blocks", "whole"}[s] }

// Needs is what a rule asks for beyond gradients and vectors. The zero value asks for nothing.
type Needs struct {
	Scope       Scope
	Scalars     int  // numbers to remember: of each block for rules of blocks, else of all
	Loss        bool // Oracle.Loss, the value at x
	Values      bool // Oracle.Value at other points
	Gradients   bool // Oracle.Gradient at other points
	Curvature   int  // Oracle.Curvature at step 1 and at every so many-th after it
	GaussNewton bool // Oracle.GaussNewton in place of Oracle.Curvature
}

// A Needer is a rule that asks for more than gradients and vectors.
type Needer interface{ Needs() Needs }

// A Shaper is a rule that remembers, beside vectors, numbers of each block by its shape.
type Shaper interface{ Extra(shape []int) int }

// An Advancer is a rule of elements that remembers scalars: Advance takes them to the next
// step, before any part of the parameters sees them.
type Advancer interface {
	Advance(scalars []float64, k int, rate float64)
}

func (n Needs) and(m Needs) Needs {
	return Needs{
		max(n.Scope, m.Scope), n.Scalars + m.Scalars,
		n.Loss || m.Loss, n.Values || m.Values, n.Gradients || m.Gradients, max(n.Curvature, m.Curvature), n.GaussNewton || m.GaussNewton,
	}
}

// String lists what a driver must provide: "nothing" if a gradient is enough.
func (n Needs) String() string {
	var s []string
	for _, o := range []struct {
		asked bool
		what  string
	}{{n.Loss, "losses"}, {n.Values, "values"}, {n.Gradients, "gradients"}, {n.Curvature > 0 && !n.GaussNewton, "curvatures"}, {n.Curvature > 0 && n.GaussNewton, "curvatures by random labels"}} {
		if o.asked {
			s = append(s, o.what)
		}
	}
	if s == nil {
		return "nothing"
	}
	return strings.Join(s, ", ")
}

// An Oracle is what a driver can tell a rule beside the gradient, all of the same batch. A nil
// function is not provided.
type Oracle[T vec.Float] struct {
	Loss        float64                // at x
	Value       func(x []T) float64    // at any x
	Gradient    func(g, x []T) float64 // stores the gradient at any x in g and returns the value
	Curvature   func(h, x []T)         // stores an estimate of the Hessian's diagonal at x
	GaussNewton func(h, x []T)         // stores one of the Gauss-Newton matrix's, by random labels
	Direction   func(z []T, k int)     // standard normal numbers for step k, in place of those of the rule's seed
}

// Provides returns an error unless o, which may be nil, has all that the rule needs. The loss is there if o is.
func Provides[T vec.Float](o *Oracle[T], r Rule) error {
	n, given := NeedsOf(r), o != nil
	if !given {
		o = &Oracle[T]{}
	}
	var err error
	missing := func(need bool, what string) {
		if need {
			err = errors.Join(err, fmt.Errorf("%T: needs %s: want a problem and a driver that provide them", r, what))
		}
	}
	missing(n.Loss && !given, "losses")
	missing(n.Values && o.Value == nil, "values at other points")
	missing(n.Gradients && o.Gradient == nil, "gradients at other points")
	missing(n.Curvature > 0 && !n.GaussNewton && o.Curvature == nil, "curvatures")
	missing(n.Curvature > 0 && n.GaussNewton && o.GaussNewton == nil, "curvatures by random labels")
	return err
}

// A Block is a tensor that is a part of the parameters.
type Block struct {
	Name  string // as in "layers.0.weight"; may be empty
	Shape []int  // row-major; the first axis is that of outputs
}

// Size returns the number of elements.
func (b Block) Size() int {
	n := 1
	for _, d := range b.Shape {
		n *= d
	}
	return n
}

// CheckBlocks returns an error unless the blocks are those of n parameters.
func CheckBlocks(n int, blocks []Block) error {
	sum := 0
	for i, b := range blocks {
		for _, d := range b.Shape {
			if d < 1 {
				return fmt.Errorf("rule: block %d (%s) has the shape %v: want positive sizes", i, b.Name, b.Shape)
			}
		}
		sum += b.Size()
	}
	if sum != n {
		return fmt.Errorf("rule: the blocks have %d elements in all: want those of %d parameters", sum, n)
	}
	return nil
}

// A State is what a rule remembers about the parameters of one run. Save and restore all its
// fields, and a run goes on as if it had not stopped.
type State[T vec.Float] struct {
	K       int // steps
	Vectors [][]T
	Scalars []float64
	Extra   [][]T // of each block

	root *Part[T]
	all  []Block
}

// NewState returns the state of a rule before the first step on n parameters. Without blocks
// all parameters are one, of one axis. It panics if the blocks are not those of n
// parameters: see [CheckBlocks].
func NewState[T vec.Float](r Rule, n int, blocks ...Block) *State[T] {
	if len(blocks) == 0 {
		blocks = []Block{{Shape: []int{n}}}
	} else if err := CheckBlocks(n, blocks); err != nil {
		panic(err.Error())
	}
	s := &State[T]{Vectors: make([][]T, r.Vectors()), Extra: make([][]T, len(blocks)), all: blocks}
	for i := range s.Vectors {
		s.Vectors[i] = make([]T, n)
	}
	for i, b := range blocks {
		s.Extra[i] = make([]T, extraOf(r, b.Shape))
	}
	s.Scalars = make([]float64, scalarsOf(r, len(blocks)))
	return s
}

// Numbers returns how many numbers the state has besides the count of steps.
func (s *State[T]) Numbers() int {
	n := len(s.Scalars)
	for _, v := range s.Vectors {
		n += len(v)
	}
	for _, v := range s.Extra {
		n += len(v)
	}
	return n
}

// Memory returns how many bytes the state of a rule has for parameters of type T in some blocks: its scalars are in float64.
func Memory[T vec.Float](r Rule, blocks ...Block) int {
	n := 0
	for _, b := range blocks {
		n += r.Vectors()*b.Size() + extraOf(r, b.Shape)
	}
	var one T
	return n*int(unsafe.Sizeof(one)) + 8*scalarsOf(r, len(blocks))
}

// Step changes x by one step of the rule with the gradient g and the learning rate lr. Its
// parts may run in parallel; the bits do not depend on how many. It is for rules that need no
// oracle: it panics if the rule needs one, or if lengths differ.
func Step[T vec.Float](r Rule, x, g []T, s *State[T], lr float64) { StepWith(r, x, g, s, lr, nil) }

// StepWith is Step with an oracle for what the rule needs. It panics if the oracle does not
// provide that: see [Provides]. Rules leave g alone.
func StepWith[T vec.Float](r Rule, x, g []T, s *State[T], lr float64, o *Oracle[T]) {
	if len(g) != len(x) || len(s.Vectors) != r.Vectors() {
		panic(fmt.Sprintf("rule: %d parameters, a gradient of %d and %d vectors: want equal lengths and %d vectors", len(x), len(g), len(s.Vectors), r.Vectors()))
	}
	if s.root == nil {
		if err := Provides(o, r); err != nil {
			panic("rule: " + err.Error())
		}
		s.root = newRoot(r, s, len(x))
	}
	s.K++
	if len(x) == 0 {
		return
	}
	p := s.root
	p.V, p.S, p.Extra = s.Vectors, s.Scalars, s.Extra // which may have been restored since
	p.X, p.G, p.K, p.LR, p.Oracle, p.H, p.advanced = x, g, s.K, lr, o, nil, false
	if n := NeedsOf(r); n.Curvature > 0 && (s.K-1)%n.Curvature == 0 {
		if p.H = p.fresh; n.GaussNewton {
			o.GaussNewton(p.H, x)
		} else {
			o.Curvature(p.H, x)
		}
	}
	p.apply(r)
}

func newRoot[T vec.Float](r Rule, s *State[T], n int) *Part[T] {
	p := &Part[T]{V: s.Vectors, S: s.Scalars, Extra: s.Extra, Blocks: s.all, stride: NeedsOf(r).Scalars}
	if p.Blocks == nil { // restored without them
		p.Blocks = []Block{{Shape: []int{n}}}
	}
	if NeedsOf(r).Curvature > 0 {
		p.fresh = make([]T, n)
	}
	return p
}
