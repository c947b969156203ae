package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/godescent/descent/store"
	"github.com/godescent/descent/study"
)

// A cell reaches the store soon after it ended, also if no other one comes: a program that is killed loses nothing else.
// What the store cannot take is said when the memory is closed.
func TestStoreMemory(t *testing.T) {
	s, err := store.OpenOrCreate(t.Context(), filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	m := newStoreMemory(s)
	r := &study.Record{Cell: study.Cell{Verb: "minimize", Problem: "p", Method: "gd"}}
	if err := m.Add(r); err != nil {
		t.Fatal(err)
	}
	arrived := false
	for end := time.Now().Add(20 * time.Second); !arrived && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, arrived, err = s.Find(r.Key()); err != nil {
			t.Fatal(err)
		}
	}
	if !arrived {
		t.Error("the cell waits for the next one")
	}
	m = newStoreMemory(s)
	if err := m.Add(&study.Record{Cell: study.Cell{Verb: "minimize", Problem: "p", Method: "cg"}}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if m.close() == nil {
		t.Error("a closed store takes cells")
	}
}
