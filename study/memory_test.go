package study_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
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
	file, err := study.OpenFile(filepath.Join(t.TempDir(), "new", "records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, m := range map[string]study.Memory{"volatile": &study.Volatile{}, "file": file} {
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

// A file that was cut off within its last line, at any byte, opens with what is whole and
// goes on growing.
func TestFileTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	m, err := study.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(2) {
		if err := m.Add(sample(seed)); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := strings.IndexByte(string(whole), '\n') + 1
	for _, cut := range []int{first, first + 1, first + 30, first + 200, len(whole) - 1} {
		if err := os.WriteFile(path, whole[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := study.OpenFile(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if m.Len() != 1 {
			t.Errorf("cut at %d: %d records", cut, m.Len())
		}
		if err := m.Add(sample(1)); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := m.Find(sample(1).Key()); !ok || err != nil {
			t.Errorf("cut at %d: %v %v", cut, ok, err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		if m, err = study.OpenFile(path); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		for seed := range uint64(2) {
			if r, ok, err := m.Find(sample(seed).Key()); !ok || err != nil || r.Seed != seed {
				t.Errorf("cut at %d: seed %d: %v %v", cut, seed, ok, err)
			}
		}
		m.Close()
	}
}

// What is no memory is refused, with the line; what was changed is refused when it is read.
func TestFileRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for _, text := range []string{"a,b\n1,2\n", "no line end", `{"kex"`} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := study.OpenFile(path); err == nil || !strings.Contains(err.Error(), "x:1: want a record") {
			t.Errorf("%q: %v", text, err)
		}
		if b, _ := os.ReadFile(path); string(b) != text {
			t.Errorf("the file was changed to %q", b)
		}
	}
	path = filepath.Join(t.TempDir(), "y")
	m, err := study.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Add(sample(1)); err != nil {
		t.Fatal(err)
	}
	m.Close()
	b, _ := os.ReadFile(path)
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), "booth", "borth", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if m, err = study.OpenFile(path); err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, _, err := m.Find(sample(1).Key()); err == nil || !strings.Contains(err.Error(), "not that of its key") {
		t.Errorf("%v", err)
	}
}

// Two programs add to a file at a time, and neither harms what the other wrote.
func TestFileShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	var files []*study.File
	for range 2 {
		m, err := study.OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, m)
	}
	var all sync.WaitGroup
	for w, m := range files {
		all.Go(func() {
			for k := range uint64(100) {
				r := sample(100*uint64(w) + k)
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
	for _, m := range files {
		m.Close()
	}
	m, err := study.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Len() != 200 {
		t.Errorf("%d records", m.Len())
	}
}

// Many goroutines add and find at a time.
func TestMemoriesTogether(t *testing.T) {
	file, err := study.OpenFile(filepath.Join(t.TempDir(), "records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, m := range []study.Memory{&study.Volatile{}, file} {
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
	if file.Len() != 200 {
		t.Errorf("%d records", file.Len())
	}
}
