package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/godescent/descent"
	"github.com/godescent/descent/internal/doctest"
	"github.com/godescent/descent/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"descent": main})
}

// TestScripts runs testdata/*.txtar. Beside the commands of testscript there are
//
//	status N descent ...   run, and want exit status N
//	waitfile FILE          wait until the file is there
//	samejson A B KEY...    want equal values of the keys in two JSON files
//	json FILE KEY...       want one JSON object with these keys
//	idof VAR WORD          set VAR to the first word of the line of standard output that has WORD
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_DATA_HOME", filepath.Join(env.WorkDir, "xdg")) // where claims are recorded
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				err = ts.Exec(args[1], args[2:]...)
				got := 0
				var e *exec.ExitError
				if errors.As(err, &e) {
					got = e.ExitCode()
				} else {
					ts.Check(err)
				}
				if got != want {
					ts.Fatalf("exit status %d, want %d", got, want)
				}
			},
			"waitfile": func(ts *testscript.TestScript, _ bool, args []string) {
				for range 6000 {
					if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
				ts.Fatalf("%s did not appear", args[0])
			},
			"samejson": func(ts *testscript.TestScript, _ bool, args []string) {
				a, b := object(ts, args[0]), object(ts, args[1])
				for _, key := range args[2:] {
					if !bytes.Equal(a[key], b[key]) || a[key] == nil {
						ts.Fatalf("%s: %s and %s", key, a[key], b[key])
					}
				}
			},
			"idof": func(ts *testscript.TestScript, _ bool, args []string) {
				for line := range strings.Lines(ts.ReadFile("stdout")) {
					if words := strings.Fields(line); slices.Contains(words, args[1]) {
						ts.Setenv(args[0], words[0])
						return
					}
				}
				ts.Fatalf("no line of standard output has the word %s", args[1])
			},
			"json": func(ts *testscript.TestScript, _ bool, args []string) {
				o := object(ts, args[0])
				for _, key := range args[1:] {
					if o[key] == nil {
						ts.Fatalf("no key %s", key)
					}
				}
			},
		},
	})
}

func object(ts *testscript.TestScript, file string) map[string]json.RawMessage {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	var o map[string]json.RawMessage
	ts.Check(d.Decode(&o))
	if _, err := d.Token(); err != io.EOF {
		ts.Fatalf("%s: more than one JSON object", file)
	}
	return o
}

// TestDocuments runs the commands of README.md and docs/*.md.
func TestDocuments(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	total := 0
	for _, file := range append(files, filepath.Join(root, "README.md")) {
		b, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Chdir(t.TempDir())
			t.Setenv(store.Variable, "") // the user's own store is none of theirs
			t.Setenv("XDG_DATA_HOME", t.TempDir())
			ran, problems := doctest.Run(doctest.Parse(b), "descent", run)
			total += ran
			for _, p := range problems {
				t.Errorf("%s: %s", filepath.Base(file), p)
			}
		})
	}
	if total < 10 {
		t.Errorf("only %d commands run", total)
	}
}

func TestNumbersRoundTrip(t *testing.T) {
	in := []num{0, num(math.Copysign(0, -1)), 1.0 / 3, 5e-324, math.MaxFloat64, num(math.Inf(1)), num(math.Inf(-1)), num(math.NaN())}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out []num
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	for i := range in {
		a, b := math.Float64bits(float64(in[i])), math.Float64bits(float64(out[i]))
		if a != b && !(math.IsNaN(float64(in[i])) && math.IsNaN(float64(out[i]))) {
			t.Errorf("%v became %v", in[i], out[i])
		}
	}
	if err := json.Unmarshal([]byte(`["inf"]`), &out); err == nil {
		t.Error("no error for inf")
	}
}

func TestLinePerKey(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":[1,2],"b":{"c":"x,\"y:{"},"d":"\\"}`: "{\n  \"a\": [1, 2],\n  \"b\": {\"c\": \"x,\\\"y:{\"},\n  \"d\": \"\\\\\"\n}",
	} {
		if got := string(linePerKey([]byte(in))); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		var a, b any
		if json.Unmarshal([]byte(in), &a) != nil || json.Unmarshal(linePerKey([]byte(in)), &b) != nil {
			t.Error("not JSON")
		}
	}
}

// The bar is shown on terminals only.
func TestBar(t *testing.T) {
	var buf bytes.Buffer
	if newBar(&buf) != nil {
		t.Error("a bar on a buffer")
	}
	b := newBarOn(&buf)
	b.show(descent.Progress{Iteration: 7, Value: 1.5, Fraction: 0.25, Certificate: descent.Certificate{Kind: "gradient norm", Value: 0.1}})
	if s := buf.String(); !strings.Contains(s, "iteration 7") || !strings.Contains(s, "25%") {
		t.Errorf("%q", s)
	}
	b.show(descent.Progress{Fraction: 1})
	b.clear()
}
