// Command grad compares a step of training, value and gradient in float32, with PyTorch's
// eager mode on the processor: a dense network, a small convolutional one and a transformer.
// Run it from the module's root; the benchmarks' virtual environment must have PyTorch:
//
//	go run ./bench/grad
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"slices"
	"time"

	"github.com/godescent/descent/bench/peer"
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
)

var (
	repeats = flag.Int("repeats", 7, "rounds, in each of which both are measured one after the other")
	seconds = flag.Float64("seconds", 0.5, "least time of a measurement")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if err := run(); err != nil {
		log.Fatalf("grad: %v", err)
	}
}

type request struct {
	Model   string  `json:"model"`
	Threads int     `json:"threads"`
	Seconds float64 `json:"seconds"`
}

func run() error {
	p, err := peer.Start("grad.py")
	if err != nil {
		return err
	}
	defer p.Close()
	var hello struct{ Torch string }
	if err := json.Unmarshal(p.Hello, &hello); err != nil {
		return err
	}
	fmt.Printf("Peer: PyTorch %s\n\n| model | threads | Descent ms | PyTorch time / Descent |\n|---|---|---|---|\n", hello.Torch)
	for _, m := range []*model{mlp(), cnn(), transformer()} {
		for _, threads := range []int{1, 2} {
			if err := compare(p, m, threads); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	return nil
}

// compare prints the medians over the rounds: what disturbs a round disturbs both.
func compare(p *peer.Process, m *model, threads int) error {
	var mine, ratios []float64
	linalg.SetWorkers(threads)
	for range *repeats {
		var a struct{ Seconds float64 }
		if err := p.Ask(request{m.name, threads, *seconds}, &a, time.Minute); err != nil {
			return err
		}
		time.Sleep(250 * time.Millisecond) // the peer's threads wait actively for more work
		t, err := m.time()
		if err != nil {
			return err
		}
		mine, ratios = append(mine, t), append(ratios, a.Seconds/t)
	}
	slices.Sort(mine)
	slices.Sort(ratios)
	fmt.Printf("| %s | %d | %.2f | %.2f |\n", m.name, threads, 1000*mine[len(mine)/2], ratios[len(ratios)/2])
	return nil
}

// A model is a loss as a function of one flat vector of parameters.
type model struct {
	name   string
	tape   *grad.Tape[float32]
	w, g   []float32
	at     int
	x      []float32
	labels []int
	stream rng.Stream
	loss   func(m *model) *tensor
}

type tensor = grad.Tensor[float32]

func newModel(name string, inputs, labels, classes int, loss func(m *model) *tensor) *model {
	m := &model{name: name, tape: grad.NewTape[float32](), x: make([]float32, inputs), labels: make([]int, labels), stream: rng.New(1, name), loss: loss}
	for i := range m.x {
		m.x[i] = float32(m.stream.Norm())
	}
	for i := range m.labels {
		m.labels[i] = m.stream.Intn(classes)
	}
	return m
}

// param returns the next parameter, and makes it the first time.
func (m *model) param(shape ...int) *tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	for len(m.w) < m.at+n {
		m.w, m.g = append(m.w, float32(m.stream.Norm()/math.Sqrt(float64(n/shape[0])))), append(m.g, 0)
	}
	m.at += n
	return m.tape.Param(m.w[m.at-n:m.at], m.g[m.at-n:m.at], shape...)
}

func (m *model) linear(x *tensor, in, out int) *tensor {
	return grad.Linear(x, m.param(in, out), m.param(out))
}

func (m *model) step() error {
	m.tape.Reset()
	m.at = 0
	loss := m.loss(m)
	clear(m.g)
	return m.tape.Backward(loss)
}

// time returns the seconds of one step.
func (m *model) time() (float64, error) {
	for range 3 { // the memory grows to what a step needs
		if err := m.step(); err != nil {
			return 0, err
		}
	}
	start, n := time.Now(), 0
	for time.Since(start).Seconds() < *seconds {
		if err := m.step(); err != nil {
			return 0, err
		}
		n++
	}
	return time.Since(start).Seconds() / float64(n), nil
}

func mlp() *model {
	return newModel("mlp", 128*784, 128, 10, func(m *model) *tensor {
		h := grad.ReLU(m.linear(m.tape.Input(m.x, 128, 784), 784, 512))
		h = grad.ReLU(m.linear(h, 512, 512))
		return grad.CrossEntropy(m.linear(h, 512, 10), m.labels)
	})
}

func cnn() *model {
	return newModel("cnn", 64*784, 64, 10, func(m *model) *tensor {
		h := m.tape.Input(m.x, 64, 1, 28, 28)
		for _, c := range [][2]int{{1, 16}, {16, 32}} {
			h = grad.Conv2D(h, m.param(c[1], c[0], 3, 3), m.param(c[1]), grad.Conv{Pad: 1})
			h = grad.MaxPool2D(grad.ReLU(h), 2, 2, 0)
		}
		h = grad.ReLU(m.linear(grad.Reshape(h, 64, -1), 32*49, 128))
		return grad.CrossEntropy(m.linear(h, 128, 10), m.labels)
	})
}

func transformer() *model {
	const batch, context, width, heads = 32, 64, 128, 4
	norm := func(m *model, h *tensor) *tensor { return grad.LayerNorm(h, m.param(width), m.param(width), 1e-5) }
	return newModel("transformer", 0, batch*context, 256, func(m *model) *tensor {
		table := m.param(256, width)
		h := grad.Add(grad.Reshape(grad.Embedding(table, m.labels), batch, context, width), m.param(context, width))
		for range 4 {
			x := grad.Reshape(m.linear(norm(m, h), width, 3*width), batch, context, 3, heads, width/heads)
			x = grad.Permute(x, 2, 0, 3, 1, 4)
			part := func(i int) *tensor {
				return grad.Reshape(grad.Slice(x, 0, i, i+1), batch, heads, context, width/heads)
			}
			a := grad.Permute(grad.Attention(part(0), part(1), part(2), true), 0, 2, 1, 3)
			h = grad.Add(h, m.linear(grad.Reshape(a, batch, context, width), width, width))
			h = grad.Add(h, m.linear(grad.GELU(m.linear(norm(m, h), width, 4*width)), 4*width, width))
		}
		return grad.CrossEntropy(grad.MatMulT(norm(m, h), table, false, true), m.labels)
	})
}
