// Command gemm compares Descent's matrix products with OpenBLAS through NumPy, and with
// MKL and oneDNN through PyTorch where the benchmarks' virtual environment has it: square
// ones, and those of a layer with small batches and its gradients. Run it from the
// module's root:
//
//	go run ./bench/gemm
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/godescent/descent/bench/peer"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// A product is a request to the peers, and what all take.
type product struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"`
	M       int     `json:"m"`
	N       int     `json:"n"`
	K       int     `json:"k"`
	TransA  bool    `json:"trans_a"`
	TransB  bool    `json:"trans_b"`
	Threads int     `json:"threads"`
	Seconds float64 `json:"seconds"`
	Warm    float64 `json:"warm"`
}

// A row is the medians over the rounds: Descent's speed, and its peers' time over its own.
type row struct {
	product
	Gflops float64 `json:"gflops"`
	NumPy  float64 `json:"numpy_over_descent"`
	Torch  float64 `json:"torch_over_descent,omitempty"`
}

var (
	jsonFile = flag.String("json", "", "write all results to this file")
	repeats  = flag.Int("repeats", 7, "rounds, in each of which all are measured one after the other")
	seconds  = flag.Float64("seconds", 0.05, "least time of a measurement")
	warm     = flag.Float64("warm", 0.2, "seconds of products before a measurement with several threads")
	only     = flag.String("only", "", "only products whose name has this in it")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if err := run(); err != nil {
		log.Fatalf("gemm: %v", err)
	}
}

// products returns square ones, and for layers with batch, inputs and outputs the forward
// pass X W and the gradients X^T D of the weights and D W^T of the inputs.
func products() []product {
	var out []product
	for _, n := range []int{256, 512, 1024, 2048} {
		out = append(out, product{Name: fmt.Sprintf("square %d", n), M: n, N: n, K: n})
	}
	for _, l := range [][3]int{{1, 512, 512}, {16, 512, 512}, {32, 784, 128}, {128, 784, 512}, {128, 512, 512}, {128, 512, 10}, {2048, 128, 128}, {2048, 128, 512}} {
		batch, in, outputs := l[0], l[1], l[2]
		name := fmt.Sprintf("layer %dx%dx%d ", batch, in, outputs)
		out = append(out,
			product{Name: name + "forward", M: batch, N: outputs, K: in},
			product{Name: name + "weights", M: in, N: outputs, K: batch, TransA: true},
			product{Name: name + "inputs", M: batch, N: in, K: outputs, TransB: true})
	}
	return out
}

func run() error {
	p, err := peer.Start("gemm.py")
	if err != nil {
		return err
	}
	defer p.Close()
	var hello struct {
		Versions map[string]string
		OpenBLAS []string
	}
	if err := json.Unmarshal(p.Hello, &hello); err != nil {
		return err
	}
	fmt.Printf("Peers: NumPy %s (OpenBLAS %s), PyTorch %s\n\n", hello.Versions["numpy"], strings.Join(hello.OpenBLAS, ", "), hello.Versions["torch"])
	fmt.Println("| product | m x n x k | type | threads | Descent Gflop/s | OpenBLAS time / Descent | PyTorch time / Descent |")
	fmt.Println("|---|---|---|---|---|---|---|")
	var rows []row
	for _, threads := range []int{1, 2} {
		for _, typ := range []string{"float32", "float64"} {
			for _, q := range products() {
				if !strings.Contains(q.Name, *only) {
					continue
				}
				q.Type, q.Threads, q.Seconds = typ, threads, *seconds
				if threads > 1 {
					q.Warm = *warm
				}
				r, err := compare(p, q)
				if err != nil {
					return fmt.Errorf("%s: %w", q.Name, err)
				}
				rows = append(rows, r)
				fmt.Printf("| %s | %dx%dx%d | %s | %d | %.1f | %.2f | %s |\n", q.Name, q.M, q.N, q.K, typ, threads, r.Gflops, r.NumPy, cell(r.Torch))
			}
		}
	}
	summarize(rows)
	if *jsonFile == "" {
		return nil
	}
	b, err := json.MarshalIndent(map[string]any{"versions": hello.Versions, "openblas": hello.OpenBLAS, "products": rows}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(*jsonFile, b, 0o644)
}

func cell(ratio float64) string {
	if ratio == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", ratio)
}

// idle is how long the peers' threads wait actively for more work.
const idle = 250 * time.Millisecond

// compare takes the median of the rounds' ratios: what disturbs a round disturbs all.
func compare(p *peer.Process, q product) (row, error) {
	mine := timer(q)
	var speeds, numpy, torch []float64
	for range *repeats {
		var a struct {
			NumPy float64
			Torch *float64
		}
		if err := p.Ask(q, &a, time.Minute); err != nil {
			return row{}, err
		}
		if q.Threads > 1 {
			time.Sleep(idle)
		}
		t := mine()
		speeds = append(speeds, 2*float64(q.M)*float64(q.N)*float64(q.K)/t/1e9)
		numpy = append(numpy, a.NumPy/t)
		if a.Torch != nil {
			torch = append(torch, *a.Torch/t)
		}
	}
	r := row{product: q, Gflops: median(speeds), NumPy: median(numpy)}
	if len(torch) > 0 {
		r.Torch = median(torch)
	}
	return r, nil
}

func median(x []float64) float64 {
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// timer returns a measurement of Descent.
func timer(q product) func() float64 {
	linalg.SetWorkers(q.Threads)
	if q.Type == "float32" {
		return timed[float32](q)
	}
	return timed[float64](q)
}

func timed[T vec.Float](q product) func() float64 {
	r := rng.New(1, "gemm")
	sample := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(r.Norm())
		}
		return x
	}
	a, b, c := sample(q.M*q.K), sample(q.K*q.N), make([]T, q.M*q.N)
	lda, ldb := q.K, q.N
	if q.TransA {
		lda = q.M
	}
	if q.TransB {
		ldb = q.K
	}
	once := func() { linalg.Gemm(q.TransA, q.TransB, q.M, q.N, q.K, 1, a, lda, b, ldb, 0, c, q.N) }
	return func() float64 {
		once()
		if q.Warm > 0 {
			mean(once, q.Warm)
		}
		return mean(once, q.Seconds)
	}
}

// mean returns the mean time of as many calls as take least seconds.
func mean(f func(), least float64) float64 {
	start, n := time.Now(), 0
	for {
		f()
		n++
		if s := time.Since(start).Seconds(); s >= least {
			return s / float64(n)
		}
	}
}

// summarize prints geometric means.
func summarize(rows []row) {
	fmt.Println("\nGeometric means of the ratios (above 1 Descent is faster):")
	for _, threads := range []int{1, 2} {
		for _, typ := range []string{"float32", "float64"} {
			for _, kind := range []string{"square", "layer"} {
				var numpy, torch, n float64
				for _, r := range rows {
					if r.Threads == threads && r.Type == typ && strings.HasPrefix(r.Name, kind) {
						numpy += math.Log(r.NumPy)
						torch += math.Log(r.Torch)
						n++
					}
				}
				if n == 0 {
					continue
				}
				fmt.Printf("%s, %s, %d threads: OpenBLAS %.2f", kind, typ, threads, math.Exp(numpy/n))
				if torch > math.Inf(-1) {
					fmt.Printf(", PyTorch %.2f", math.Exp(torch/n))
				}
				fmt.Println()
			}
		}
	}
}
