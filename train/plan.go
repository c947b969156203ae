package train

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rng"
)

// A Plan says what is to be trained, on what, and how.
type Plan struct {
	Name      string // of the problem
	Spec      nn.Spec
	Encoding  *Encoding
	Samples   *nn.Samples[float32] // that the network learns
	Apart     *nn.Samples[float32] // that it is judged by after every epoch; nil: none
	Loss      string               // cross-entropy, mse or huber; "": what the encoding asks for
	Augment   nn.Augment
	Adversary nn.Adversary
	Method    stochastic.Train // its Seed is replaced
	Seed      uint64           // of initial parameters, order, dropout and augmentation
}

// Losses are the names of losses.
var Losses = []string{"cross-entropy", "mse", "huber"}

// loss returns the loss of a name.
func loss(name string, e *Encoding) (string, nn.Loss[float32], error) {
	numbers := e.TargetShift != nil
	if name == "" {
		name = map[bool]string{true: "mse", false: "cross-entropy"}[numbers]
	}
	switch {
	case !slices.Contains(Losses, name):
		return "", nil, fmt.Errorf("loss %q: want cross-entropy, mse or huber", name)
	case numbers != (name != "cross-entropy"):
		return "", nil, fmt.Errorf("loss %s with targets that are %s: want another loss", name, map[bool]string{true: "numbers", false: "classes"}[numbers])
	case name == "mse":
		return name, nn.MSE[float32]{}, nil
	case name == "huber":
		return name, nn.Huber[float32]{}, nil
	}
	return name, nn.CrossEntropy[float32]{}, nil
}

// start makes the model and its problem.
func (p *Plan) start() (*Network, *neural.Batches[float32], error) {
	name, l, err := loss(p.Loss, p.Encoding)
	if err != nil {
		return nil, nil, err
	}
	m, err := nn.NewModel[float32](p.Spec, p.Encoding.Input())
	if err != nil {
		return nil, nil, err
	}
	f, err := neural.NewBatches(m, p.Samples, l, neural.BatchOptions{Augment: p.Augment, Adversary: p.Adversary, Seed: p.Seed})
	if err != nil {
		return nil, nil, err
	}
	if p.Apart != nil {
		if err := f.Keep(p.Apart); err != nil {
			return nil, nil, fmt.Errorf("samples kept apart: %w", err)
		}
	}
	x, _ := nn.Start[float32](m.Layout(), p.Seed)
	return &Network{Spec: p.Spec, Encoding: *p.Encoding, Loss: name, Model: m, X: f.Start(x)}, f, nil
}

// Problem returns the training as a problem for one run, and where it starts. The network of [Plan.Run] keeps
// what its layers learn beside x; here it is lost.
func (p *Plan) Problem() (*descent.Problem, []float64, error) {
	n, f, err := p.start()
	if err != nil {
		return nil, nil, err
	}
	return f.Problem(p.Name), n.start(), nil
}

// Exports returns an error where [nn.WriteONNX] does not take the model.
func (p *Plan) Exports() error {
	n, _, err := p.start()
	if err != nil {
		return err
	}
	_, state := nn.Start[float32](n.Model.Layout(), p.Seed)
	return nn.WriteONNX(io.Discard, n.Model, n.X[:n.Model.Layout().Dim()], state, p.Encoding.Input())
}

// start returns x in double precision.
func (n *Network) start() []float64 {
	x := make([]float64, len(n.X))
	for i, v := range n.X {
		x[i] = float64(v)
	}
	return x
}

// Run trains for opt.MaxIter epochs. The driver's services are all there: limits, checkpoints,
// observers. The result's status is limit where all epochs were run, stalled where patience ended
// them.
func (p *Plan) Run(ctx context.Context, opt descent.Options) (*Network, *descent.Result, error) {
	n, f, err := p.start()
	if err != nil {
		return nil, nil, err
	}
	method := p.Method
	method.Seed = p.Seed
	model, err := json.Marshal(p.Spec) // equal parameters may be of different models, between which a run must not be resumed
	if err != nil {
		return nil, nil, fmt.Errorf("model: %w", err)
	}
	r, err := descent.Solve(ctx, f.Problem(fmt.Sprintf("%s, model %s", p.Name, model)), method, n.start(), opt)
	if r == nil {
		return nil, nil, err
	}
	n.X = n.X[:n.Model.Layout().Dim()] // what an adversary has for itself follows
	for i := range n.X {
		n.X[i] = float32(r.X[i])
	}
	n.State = f.State()
	return n, r, err
}

// Split divides n rows at random, always in the same way, into those to learn and those to keep
// apart: fraction of them, in increasing order both.
func Split(n int, fraction float64) (learn, apart []int) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	s := rng.New(0, "train.Split")
	s.Shuffle(order)
	k := int(math.Round(fraction * float64(n)))
	apart, learn = order[:k], order[k:]
	slices.Sort(apart)
	slices.Sort(learn)
	return learn, apart
}
