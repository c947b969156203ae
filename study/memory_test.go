package study_test

import (
	"math"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/study"
)

func sample(seed uint64) *study.Record {
	return &study.Record{
		Cell:    study.Cell{Verb: "minimize", Problem: "booth", Method: "lbfgs", Options: map[string]string{"memory": "5"}, Seed: seed, Limits: map[string]string{"iterations": "10"}, Version: "v1"},
		Started: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Machine: "a machine, 2 cores", Seconds: 0.1, Status: descent.Limit, Limit: "10 iterations",
		Value: math.Inf(1), Certificate: descent.Certificate{Kind: descent.NoCertificate, Value: math.Inf(1), Tolerance: 1e-6}, Iterations: 10,
		Counts: descent.Counts{Value: 1, Gradient: 2, Coordinate: 3}, Diagnosis: []string{"try more"}, Metrics: map[string]float64{"dim": 2, "accuracy": 1.0 / 3},
		Trace:  []descent.TracePoint{{Iteration: 1, Seconds: 0.05, Value: 5e-324, Certificate: math.Inf(1), Counts: descent.Counts{Value: 1}}},
		Series: []descent.Series{{Name: "loss", Values: []float64{1.5, math.Inf(1), 0.1}}}, Tags: []string{"a"},
	}
}

// Every memory keeps records bit for bit and gives the last of a cell.
func TestMemories(t *testing.T) {
	for name, m := range map[string]study.Memory{"volatile": &study.Volatile{}} {
		if _, ok, err := m.Find(sample(1).Key()); ok || err != nil {
			t.Errorf("%s: found in an empty memory (%v)", name, err)
		}
		for _, r := range []*study.Record{sample(1), sample(2)} {
			if err := m.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		again := sample(1)
		again.Value, again.Trace = math.Copysign(0, -1), nil
		if err := m.Add(again); err != nil {
			t.Fatal(err)
		}
		for _, want := range []*study.Record{again, sample(2)} {
			got, ok, err := m.Find(want.Key())
			if !ok || err != nil || !reflect.DeepEqual(got, want) || math.Signbit(got.Value) != math.Signbit(want.Value) {
				t.Errorf("%s: %v %v %+v, want %+v", name, ok, err, got, want)
			}
		}
	}
}

// Many goroutines add and find at a time.
func TestMemoriesTogether(t *testing.T) {
	for _, m := range []study.Memory{&study.Volatile{}} {
		var all sync.WaitGroup
		for w := range uint64(4) {
			all.Go(func() {
				for k := range uint64(50) {
					r := sample(50*w + k)
					if err := m.Add(r); err != nil {
						t.Error(err)
					}
					if got, ok, err := m.Find(r.Key()); !ok || err != nil || got.Seed != r.Seed {
						t.Errorf("%v %v", ok, err)
					}
				}
			})
		}
		all.Wait()
	}
}
