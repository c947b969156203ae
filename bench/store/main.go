// Command store measures the run store: the time to list, filter and open among many runs with long
// traces, and what recording adds to a fit. Run it from the module's root:
//
//	go run ./bench/store [-place FILE|postgres://...] [-runs 100000] [-points 1000]
//
// bench/README.md says what is measured.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/store"
	"github.com/godescent/descent/study"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("store: ")
	place := flag.String("place", "", "where the store is: a `file`, or a PostgreSQL URL (default: a temporary file, removed at the end)")
	runs := flag.Int("runs", 100_000, "fill the store up to this `number` of runs")
	points := flag.Int("points", 1000, "points of each trace")
	fit := flag.Duration("fit", 10*time.Second, "length of the fit that is recorded (0: none)")
	repeats := flag.Int("repeats", 15, "the times are medians of this many")
	flag.Parse()
	if err := measure(*place, *runs, *points, *repeats, *fit); err != nil {
		log.Fatal(err)
	}
}

func measure(place string, runs, points, repeats int, fit time.Duration) error {
	ctx := context.Background()
	if place == "" {
		dir, err := os.MkdirTemp("", "descent-store-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		place = filepath.Join(dir, "runs.db")
	}
	s, err := store.OpenOrCreate(ctx, place)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := fill(ctx, s, runs, points); err != nil {
		return err
	}
	if info, err := os.Stat(place); err == nil {
		fmt.Printf("size\t%.2f GB, %.1f bytes a point\n", float64(info.Size())/1e9, float64(info.Size())/float64(runs*points))
	}
	if err := queries(ctx, s, place, repeats); err != nil {
		return err
	}
	if fit > 0 {
		return recording(ctx, place, fit, repeats)
	}
	return nil
}

// fill adds runs until there are enough.
func fill(ctx context.Context, s *store.Store, runs, points int) error {
	const batch = 500
	have, err := s.Count(ctx, store.Filter{})
	if err != nil {
		return err
	}
	start := time.Now()
	for k := have; k < runs; k += batch {
		var records []*study.Record
		for i := k; i < min(k+batch, runs); i++ {
			records = append(records, record(i, points))
		}
		if _, err := s.Put(ctx, records...); err != nil {
			return err
		}
	}
	if n := runs - have; n > 0 {
		fmt.Printf("fill\t%d runs in %.1f s, %.2f ms a run\n", n, time.Since(start).Seconds(), 1e3*time.Since(start).Seconds()/float64(n))
	}
	return nil
}

var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// record is the i-th run: one of 500 problems, 20 methods and 10 seeds, with a trace that falls.
func record(i, points int) *study.Record {
	stream := rng.New(uint64(i), "bench/store")
	r := &study.Record{
		Cell: study.Cell{
			Verb: []string{"fit", "minimize", "train", "compare"}[i%4], Problem: fmt.Sprintf("logistic l2=%g", math.Ldexp(1, -(i/20)%500)), Data: fmt.Sprintf("set-%d", i%50),
			Method: fmt.Sprintf("method-%d", i%20), Options: map[string]string{"memory": fmt.Sprint(i % 7)}, Seed: uint64(i / 10000),
			Limits: map[string]string{"tolerance": "1e-06", "iterations": "100000"}, Version: "v1.0.0",
		},
		Started: began.Add(time.Duration(i) * time.Minute), Machine: "a machine × 2", Seconds: 10 * stream.Float64(),
		Status: descent.Converged, Certificate: descent.Certificate{Kind: descent.GapCertificate, Value: 1e-7, Tolerance: 1e-6},
		Iterations: 3 * points, Counts: descent.Counts{Value: 4 * points, Gradient: 3 * points}, Metrics: map[string]float64{"accuracy": stream.Float64()},
	}
	if i%10 == 0 {
		r.Status, r.Limit = descent.Limit, "100000 iterations"
	}
	if i%1000 == 0 {
		r.Tags = []string{"paper"}
	}
	seconds := 0.0
	for k := range points {
		seconds += 1e-3 * (1 + stream.Float64())
		gap := math.Exp(-float64(k)/60) * (1 + stream.Float64()/10)
		r.Trace = append(r.Trace, descent.TracePoint{Iteration: 3 * k, Seconds: seconds, Value: 1 + gap/3, Certificate: gap, Counts: descent.Counts{Value: 4 * k, Gradient: 3 * k}})
	}
	if points > 0 {
		r.Value = r.Trace[points-1].Value
	}
	return r
}

// queries times what people and pages ask for, the opening of the store included where it says so.
func queries(ctx context.Context, s *store.Store, place string, repeats int) error {
	all, err := s.List(ctx, store.Filter{})
	if err != nil {
		return err
	}
	stream := rng.New(1, "bench/store/open")
	list := func(f store.Filter) func() (int, error) {
		return func() (int, error) {
			l, err := s.List(ctx, f)
			if err == nil && len(l) == f.Limit { // as descent runs list does
				_, err = s.Count(ctx, f)
			}
			return len(l), err
		}
	}
	for _, q := range []struct {
		name string
		run  func() (int, error)
	}{
		{"open the store, list the newest 20", func() (int, error) {
			fresh, err := store.Open(ctx, place)
			if err != nil {
				return 0, err
			}
			defer fresh.Close()
			l, err := fresh.List(ctx, store.Filter{Limit: 20})
			return len(l), err
		}},
		{"list the newest 20, and count", list(store.Filter{Limit: 20})},
		{"... of a method", list(store.Filter{Method: "method-7", Limit: 20})},
		{"... of a method that there is not", list(store.Filter{Method: "none", Limit: 20})},
		{"... of a problem", list(store.Filter{Problem: "logistic l2=0.125", Limit: 20})},
		{"... of problems like logistic l2=0.1*", list(store.Filter{Problem: "logistic l2=0.1*", Limit: 20})},
		{"... of problems like *none*", list(store.Filter{Problem: "*none*", Limit: 20})},
		{"... with a status", list(store.Filter{Status: descent.Limit, Limit: 20})},
		{"... with a tag", list(store.Filter{Tag: "paper", Limit: 20})},
		{"... of a verb and a method and a status, since half of the time", list(store.Filter{Verb: "fit", Method: "method-0", Status: descent.Limit, Since: all[len(all)/2].Started, Limit: 20})},
		{"list all of a method", list(store.Filter{Method: "method-7"})},
		{"open a run with its trace", func() (int, error) {
			r, err := s.Get(ctx, all[stream.Intn(len(all))].ID)
			if err != nil {
				return 0, err
			}
			return len(r.Trace), nil
		}},
		{"find a cell", func() (int, error) {
			_, ok, err := s.Find(all[stream.Intn(len(all))].Key)
			if err == nil && !ok {
				err = fmt.Errorf("not found")
			}
			return 1, err
		}},
		{"list all runs", list(store.Filter{})},
	} {
		times := make([]float64, repeats)
		n := 0
		for i := range times {
			start := time.Now()
			var err error
			if n, err = q.run(); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			times[i] = 1e3 * time.Since(start).Seconds()
		}
		slices.Sort(times)
		fmt.Printf("query\t%-70s %7d rows or points  median %8.2f ms  worst %8.2f ms\n", q.name, n, times[repeats/2], times[repeats-1])
	}
	return nil
}

// recording times what --record adds to a fit of a given length: to open the store, add and close.
func recording(ctx context.Context, place string, length time.Duration, repeats int) error {
	set, err := data.Load("breast-cancer", data.Options{})
	if err != nil {
		return err
	}
	y := slices.Clone(set.Y)
	for i := range y {
		y[i] = 2*y[i] - 1
	}
	g, err := glm.New("logistic on breast-cancer", set.X, y, glm.Spec{Loss: glm.Logistic{}})
	if err != nil {
		return err
	}
	e, err := catalog.Lookup("prox-grad")
	if err != nil {
		return err
	}
	p := g.Problem()
	r, err := descent.Solve(ctx, p, e.New(), make([]float64, p.Dim), descent.Options{Tol: 1e-300, MaxIter: 1 << 40, MaxTime: length, NoCheckpoint: true})
	if err != nil {
		return err
	}
	times := make([]float64, repeats)
	for i := range times {
		rec := &study.Record{
			Cell:    study.Cell{Verb: "fit", Problem: "logistic", Data: set.Name, SHA256: set.SHA256, Method: e.ID, Version: "v1.0.0"},
			Started: time.Now(), Machine: "a machine × 2", Seconds: r.Seconds, Status: r.Status, Limit: r.Limit, Value: r.Value, Certificate: r.Certificate,
			Iterations: r.Iterations, Counts: r.Counts, Diagnosis: r.Diagnosis, Trace: r.Trace,
		}
		start := time.Now()
		s, err := store.OpenOrCreate(ctx, place)
		if err != nil {
			return err
		}
		if err := s.Add(rec); err != nil {
			return err
		}
		if err := s.Close(); err != nil {
			return err
		}
		times[i] = time.Since(start).Seconds()
	}
	slices.Sort(times)
	fmt.Printf("record\t%d points of a fit of %.1f s: median %.2f ms, %.3f %% of the fit; worst %.2f ms, %.3f %%\n",
		len(r.Trace), r.Seconds, 1e3*times[repeats/2], 100*times[repeats/2]/r.Seconds, 1e3*times[repeats-1], 100*times[repeats-1]/r.Seconds)
	return nil
}
