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
