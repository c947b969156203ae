// Command scaling measures how the time of an epoch of coordinate descent grows with the
// entries of the data, and what a second worker gains on paths and cross-validation:
//
//	go run ./bench/scaling
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"slices"
	"time"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/fit"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

var (
	dir     = flag.String("data", "", "folder with movie-reviews and leukemia, for the gain of a second worker")
	repeats = flag.Int("repeats", 5, "runs of each, of which the median counts")
)

func main() {
	flag.Parse()
	epochs()
	if *dir != "" {
		for _, s := range []string{"leukemia/leukemia.svm.gz", "movie-reviews/polarity2k.tfidf.svm.gz", "a9a/a9a.svm.gz"} {
			workers(s)
		}
	}
}

// epochs times dual coordinate ascent on four sizes of sparse data with rows alike.
func epochs() {
	fmt.Println("| entries | ms per epoch of dual-cd | ns per entry |")
	fmt.Println("|---|---|---|")
	var x, y []float64
	for _, n := range []int{20_000, 40_000, 80_000, 160_000} {
		a, signs := generate(n, 20_000, 50)
		m, err := glm.New("generated", a, signs, glm.Spec{Loss: glm.Logistic{}, L2: 1e-4})
		if err != nil {
			log.Fatal(err)
		}
		const count = 8
		t := median(func() {
			p := m.Problem()
			run, err := coordinate.DualCD{}.Start(p, make([]float64, p.Dim))
			if err != nil {
				log.Fatal(err)
			}
			k := 0
			run.Iterates(func([]float64) bool { k++; return k < count })
		}) / count
		nnz := float64(a.NNZ())
		fmt.Printf("| %.0f | %.2f | %.2f |\n", nnz, 1e3*t, 1e9*t/nnz)
		x, y = append(x, nnz), append(y, t)
	}
	fmt.Printf("\nR^2 of a line through them: %.4f\n\n", rSquared(x, y))
}

// generate returns n rows of k entries in d columns, and signs.
func generate(n, d, k int) (*linalg.CSR, []float64) {
	r := rng.New(1, "bench.scaling")
	row, col, val := make([]int32, 0, n*k), make([]int32, 0, n*k), make([]float64, 0, n*k)
	y := make([]float64, n)
	for i := range n {
		for range k {
			row, col, val = append(row, int32(i)), append(col, int32(r.Intn(d))), append(val, r.Norm()/math.Sqrt(float64(k)))
		}
		y[i] = math.Copysign(1, r.Norm())
	}
	a, err := linalg.FromTriplets(n, d, row, col, val)
	if err != nil {
		log.Fatal(err)
	}
	return a, y
}

// workers compares one and two workers on a lasso path, a logistic path and 10-fold cross-validation.
func workers(file string) {
	s, err := data.Load(*dir+"/"+file, data.Options{})
	if err != nil {
		log.Fatal(err)
	}
	n, d := s.X.Dims()
	for _, c := range []struct {
		name string
		loss glm.Loss
		run  func(ctx context.Context, spec glm.Spec, w int) (*fit.PathResult, error)
	}{
		{"lasso path", glm.Squared{}, func(ctx context.Context, spec glm.Spec, w int) (*fit.PathResult, error) {
			return fit.Path(ctx, s.Name, s.X, s.Y, spec, fit.PathOptions{N: 100, Ratio: 0.05, Workers: w})
		}},
		{"logistic path", glm.Logistic{}, func(ctx context.Context, spec glm.Spec, w int) (*fit.PathResult, error) {
			return fit.Path(ctx, s.Name, s.X, s.Y, spec, fit.PathOptions{N: 100, Ratio: 0.05, Workers: w})
		}},
		{"10-fold validation of a lasso", glm.Squared{}, func(ctx context.Context, spec glm.Spec, w int) (*fit.PathResult, error) {
			r, err := fit.CrossValidate(ctx, s.Name, s.X, s.Y, spec, 10, 1, fit.PathOptions{N: 30, Ratio: 0.05, Workers: w})
			if err != nil {
				return nil, err
			}
			return r.Path, nil
		}},
	} {
		var t [2]float64
		var answers [2]*fit.PathResult
		for w := range t {
			linalg.SetWorkers(w + 1)
			t[w] = median(func() {
				r, err := c.run(context.Background(), glm.Spec{Loss: c.loss, Intercept: true}, w+1)
				if err != nil {
					log.Fatal(err)
				}
				answers[w] = r
			})
		}
		linalg.SetWorkers(0)
		fmt.Printf("%s, %d x %d, %s: %.1f ms with one worker, %.1f with two: %.2f times faster; same bits: %v\n",
			s.Name, n, d, c.name, 1e3*t[0], 1e3*t[1], t[0]/t[1], same(answers[0], answers[1]))
	}
}

func same(a, b *fit.PathResult) bool {
	return slices.EqualFunc(a.Values, b.Values, func(u, v fit.PathValue) bool {
		return math.Float64bits(u.Value) == math.Float64bits(v.Value) && slices.Equal(u.Dense(a.Columns)[0], v.Dense(b.Columns)[0])
	})
}

func median(run func()) float64 {
	t := make([]float64, *repeats)
	for i := range t {
		start := time.Now()
		run()
		t[i] = time.Since(start).Seconds()
	}
	slices.Sort(t)
	return t[len(t)/2]
}

// rSquared is the share of the variance of y that a straight line in x explains.
func rSquared(x, y []float64) float64 {
	n := float64(len(x))
	var sx, sy, sxx, sxy, syy float64
	for i := range x {
		sx, sy, sxx, sxy, syy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i], syy+y[i]*y[i]
	}
	c := n*sxy - sx*sy
	return c * c / ((n*sxx - sx*sx) * (n*syy - sy*sy))
}
