package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/train"
)

// Among several seeds one that diverged has no scores, is not shown, and does not move those of others to its place.
func TestSeedsThatDiverge(t *testing.T) {
	seed := func(seed uint64, status descent.Status, value, apart float64) *trained {
		n := &trained{net: &train.Network{Training: train.Training{Seed: seed}}, result: &descent.Result{Status: status, Value: value}}
		if status != descent.Diverged {
			n.apart = &train.Score{Loss: apart, Accuracy: apart / 2}
		}
		return n
	}
	lost, good, better := seed(1, descent.Diverged, 0.01, 0), seed(2, descent.Limit, 0.25, 0.5), seed(3, descent.Limit, 0.75, 0.25)
	for _, all := range [][]*trained{{lost, good, better}, {good, lost, better}, {better, good, lost}, {good, better, lost}} {
		if best := (&trainFlags{}).best(all); best != better {
			t.Errorf("the best is seed %d, want 3", best.net.Training.Seed)
		}
		var w bytes.Buffer
		printSeeds(&w, all)
		var rows [][]string
		for line := range strings.Lines(w.String()) {
			if words := strings.Fields(line); len(words) > 0 {
				rows = append(rows, words)
			}
		}
		for _, want := range [][]string{
			{"seed", "loss", "loss", "apart", "score", "apart"},
			{"1", "diverged", "diverged", "diverged"},
			{"2", "0.25", "0.5", "0.25"},
			{"3", "0.75", "0.25", "0.125"},
			{"mean", "±", "deviation", "0.5", "±", "0.35", "0.375", "±", "0.18", "0.1875", "±", "0.088"},
		} {
			if !slices.ContainsFunc(rows, func(row []string) bool { return slices.Equal(row, want) }) {
				t.Errorf("no row %q in\n%s", want, w.String())
			}
		}
	}
	if best := (&trainFlags{}).best([]*trained{lost, lost}); best != lost {
		t.Error("all diverged: the first is not shown")
	}
}

// A file that cannot be written whole leaves the one that was there, and nothing beside it.
func TestReplace(t *testing.T) {
	folder := t.TempDir()
	path, link := filepath.Join(folder, "a"), filepath.Join(folder, "link")
	text := func(s string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			io.WriteString(w, s)
			return err
		}
	}
	full := errors.New("full")
	if err := replace(path, text("half", full)); !errors.Is(err, full) {
		t.Errorf("%v: want the error of writing", err)
	}
	if err := errors.Join(replace(path, text("first", nil)), os.Chmod(path, 0o600), os.Symlink("a", link)); err != nil {
		t.Fatal(err)
	}
	if err := replace(path, text("half", full)); !errors.Is(err, full) {
		t.Errorf("%v: want the error of writing", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "first" {
		t.Errorf("the file has %q: want what it had", b)
	}
	if err := replace(link, text("second", nil)); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(path)
	info, err := os.Stat(path)
	if entries, _ := os.ReadDir(folder); string(b) != "second" || err != nil || info.Mode().Perm() != 0o600 || len(entries) != 2 {
		t.Errorf("%q, %v, %v, %d entries", b, info, err, len(entries))
	}
	if err := replace(filepath.Join(folder, "nowhere", "a"), text("x", nil)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v: want a folder", err)
	}
}

type fullDevice struct{}

func (fullDevice) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// What could not be printed is not a success.
func TestFullOutput(t *testing.T) {
	for _, args := range []string{"train --data wine --model mlp --epochs 1", "train --data wine --model mlp --find-lr", "fit linear --data diabetes", "list rules"} {
		var stderr bytes.Buffer
		if code := run(strings.Fields(args), nil, fullDevice{}, &stderr); code != exitFailure || stderr.String() != "descent: no space left on device\n" {
			t.Errorf("%s: exit status %d, %q", args, code, stderr.String())
		}
	}
}

// A file that states another loss, however small, is not verified.
func TestVerifySmallLoss(t *testing.T) {
	path := filepath.Join(t.TempDir(), "digits.safetensors")
	descent := func(args string) (int, string) {
		var stdout, stderr bytes.Buffer
		code := run(append(strings.Fields(args), path, "--data", "digits"), nil, &stdout, &stderr)
		return code, stdout.String() + stderr.String()
	}
	if code, text := descent("train --model mlp --epochs 20 --save"); code != exitOK {
		t.Fatal(text)
	}
	if code, text := descent("verify"); code != exitOK {
		t.Error(text)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := train.Load(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if n.Training.Value > 0.02 {
		t.Fatalf("loss %v: want a small one", n.Training.Value)
	}
	n.Training.Value *= 0.999
	if err := replace(path, n.Save); err != nil {
		t.Fatal(err)
	}
	if code, text := descent("verify"); code != exitFailure || !strings.Contains(text, "not verified: loss is") {
		t.Errorf("exit status %d, %s", code, text)
	}
}
