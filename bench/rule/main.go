// Command rule compares a step of update rules on one vector of float32 with torch.optim, with foreach and
// fused, and with a copy of as many bytes as the step must read and write. Run it from the
// module's root; the benchmarks' virtual environment must have PyTorch:
//
//	go run ./bench/rule
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"time"

	"github.com/godescent/descent/bench/peer"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rule"
)

var (
	size    = flag.Int("n", 10_000_000, "parameters")
	rounds  = flag.Int("rounds", 7, "rounds, in each of which all are measured one after the other")
	repeats = flag.Int("repeats", 5, "steps in a measurement, of which the fastest counts")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if err := run(); err != nil {
		log.Fatalf("rule: %v", err)
	}
}

// A subject is a rule, and the floats that a step reads and writes.
type subject struct {
	name        string
	rule        rule.Rule
	read, write int
}

var subjects = []subject{
	{"sgd", rule.SGD{}, 2, 1},
	{"sgd-momentum", rule.SGD{Momentum: 0.9}, 3, 2},
	{"sgd-nesterov", rule.SGD{Momentum: 0.9, Nesterov: true, Decay: 1e-4}, 3, 2},
	{"adam", rule.Adam{}, 4, 3},
	{"adamw", rule.AdamW{}, 4, 3},
	{"adabelief", rule.AdaBelief{}, 4, 3},
	{"lion", rule.Lion{}, 3, 2},
	{"sophia", rule.Sophia{Every: 1 << 30}, 4, 2},
	{"adagrad", rule.Adagrad{}, 3, 2},
	{"rmsprop", rule.RMSProp{}, 3, 2},
}

type request struct {
	Rule    string `json:"rule"`
	N       int    `json:"n"`
	Threads int    `json:"threads"`
	How     string `json:"how"`
	Repeats int    `json:"repeats"`
}

func run() error {
	p, err := peer.Start("rule.py")
	if err != nil {
		return err
	}
	defer p.Close()
	var hello struct{ Torch string }
	if err := json.Unmarshal(p.Hello, &hello); err != nil {
		return err
	}
	fmt.Printf("Peer: PyTorch %s; %d parameters; least times of %d rounds\n\n", hello.Torch, *size, *rounds)
	fmt.Println("| rule | threads | Descent ns/parameter | foreach / Descent | fused / Descent | bandwidth of a copy |\n|---|---|---|---|---|---|")
	for _, threads := range []int{1, 2} {
		linalg.SetWorkers(threads)
		for _, s := range subjects {
			if err := compare(p, s, threads); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return nil
}

// compare prints the ratios of least times: others on the machine only add to a time.
func compare(p *peer.Process, s subject, threads int) error {
	mine, each, fused, copied := math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)
	state, x, g := rule.NewState[float32](s.rule, *size), make([]float32, *size), make([]float32, *size)
	for i := range x {
		x[i], g[i] = float32(i%13)-6, float32(i%7)-3
	}
	o := &rule.Oracle[float32]{Curvature: func(h, _ []float32) { copy(h, x) }}
	step := func() { rule.StepWith(s.rule, x, g, state, 1e-9, o) }
	step()
	from, to := make([]float32, *size*(s.read+s.write)/2), make([]float32, *size*(s.read+s.write)/2)
	for i := range from {
		from[i] = float32(i % 5)
	}
	for range *rounds {
		for how, best := range map[string]*float64{"foreach": &each, "fused": &fused} {
			var a struct{ Seconds *float64 }
			if err := p.Ask(request{s.name, *size, threads, how, *repeats}, &a, time.Minute); err != nil {
				return err
			}
			if a.Seconds != nil {
				*best = min(*best, *a.Seconds)
			}
		}
		time.Sleep(250 * time.Millisecond) // the peer's threads wait actively for more work
		mine = min(mine, least(step))
		copied = min(copied, least(func() { copyParts(to, from) }))
	}
	fmt.Printf("| %s | %d | %.2f | %s | %s | %.0f %% |\n", s.name, threads, 1e9*mine/float64(*size), ratio(each, mine), ratio(fused, mine), 100*copied/mine)
	return nil
}

func ratio(a, b float64) string {
	if math.IsInf(a, 1) {
		return "-"
	}
	return fmt.Sprintf("%.2f", a/b)
}

func least(f func()) float64 {
	best := math.Inf(1)
	for range *repeats {
		start := time.Now()
		f()
		best = min(best, time.Since(start).Seconds())
	}
	return best
}

// copyParts copies in parts of the size that rules work on, in parallel.
func copyParts(to, from []float32) {
	const part = 1 << 15
	linalg.Parts((len(to)+part-1)/part, func(i int) {
		lo, hi := i*part, min(len(to), (i+1)*part)
		copy(to[lo:hi], from[lo:hi])
	})
}
