package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/store"
	"github.com/godescent/descent/study"
)

// A store that fails after the work makes the verb fail, with its answer printed, if the run was
// asked to be kept; else it is only said.
func TestKeepFails(t *testing.T) {
	s, err := store.OpenOrCreate(t.Context(), filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	r := &study.Record{Cell: study.Cell{Verb: "fit"}}
	var stderr bytes.Buffer
	f := recordFlags{record: true, asked: true, store: s, stderr: &stderr}
	converged := &solved{result: &descent.Result{Status: descent.Converged}}
	_, converged.recording = f.keep(r)
	var e *exit
	if err := converged.exit(); !errors.As(err, &e) || e.code != exitFailure || !strings.Contains(err.Error(), "runs.db: ") || stderr.Len() > 0 {
		t.Errorf("asked: %v, %q", err, stderr.String())
	}
	f.asked = false
	if id, err := f.keep(r); id != "" || err != nil || !strings.Contains(stderr.String(), "descent: not recorded: ") {
		t.Errorf("not asked: %q, %v, %q", id, err, stderr.String())
	}
	if id, err := (&recordFlags{}).keep(r); id != "" || err != nil {
		t.Errorf("nothing to keep: %q, %v", id, err)
	}
}

// Names that other stores or file systems have made up take no line of a list and command no terminal.
func TestRunsOnLines(t *testing.T) {
	place := filepath.Join(t.TempDir(), "runs.db")
	s, err := store.OpenOrCreate(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Add(&study.Record{Cell: study.Cell{Verb: "fit", Problem: "linear", Data: "a\nb\tc\x1b[31m.csv", Method: "cd"}}); err != nil {
		t.Fatal(err)
	}
	for verb, want := range map[string]string{"list": "linear   a b c [31m.csv  cd", "show": "\ndata         a b c [31m.csv\n"} {
		args := []string{"runs", verb, "--store", place}
		if verb == "show" {
			args = append(args, "@1")
		}
		var out bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &out); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit %d, no %q in\n%s", args, code, want, out.String())
		}
	}
}
