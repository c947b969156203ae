package study_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/method/proximal"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/study"
)

// The test program is its own contestant.
func TestMain(m *testing.M) {
	if mode := os.Getenv("STUDY_CONTESTANT"); mode != "" {
		if err := compete(mode, os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, "warming up\n"+err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// compete answers a request with fits at two tolerances, or misbehaves.
func compete(mode, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var q study.Request
	if err := json.Unmarshal(b, &q); err != nil {
		return err
	}
	switch mode {
	case "fail":
		return fmt.Errorf("no %s today", q.Model)
	case "silent":
		return nil
	case "chat":
		fmt.Println("hello")
		return nil
	case "short":
		fmt.Println(`{"x": [1], "seconds": 0}`)
		return nil
	case "hasty":
		fmt.Println(`{"x": [1], "seconds": 1e9}`)
		return nil
	case "chat on":
		fmt.Println("hello")
		time.Sleep(time.Minute)
	case "deserter": // of a program that holds the output open
		child := exec.Command("sleep", "20")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			return err
		}
		return errors.New("gone")
	case "parent": // of a program that holds the output open
		child := exec.Command("sleep", "60")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			return err
		}
		fmt.Println("hello")
		return child.Wait()
	case "hang":
		fmt.Fprintln(os.Stdout, answer(make([]float64, q.Columns+1), 0, 0))
		time.Sleep(time.Minute)
	}
	set, err := data.Load(q.Data, data.Options{Cols: q.Columns})
	if err != nil {
		return err
	}
	if rows, cols := set.X.Dims(); q.Protocol != study.Protocol || rows != q.Rows || cols != q.Columns || os.Getenv("OMP_NUM_THREADS") != "1" {
		return fmt.Errorf("%d x %d, not as in %+v", rows, cols, q)
	}
	m, err := glm.New("contest", set.X, set.Y, glm.Spec{Loss: glm.Logistic{}, L1: q.L1, L2: q.L2, Intercept: q.Intercept})
	if err != nil {
		return err
	}
	for _, tol := range []float64{1e-1, q.Tolerance / 2, 1e-300} { // the last is not waited for
		p := m.Problem()
		r, err := descent.Solve(context.Background(), p, proximal.FISTA{}, make([]float64, p.Dim), descent.Options{Tol: tol, MaxIter: 100_000})
		if err != nil {
			return err
		}
		fmt.Println(answer(r.X, r.Seconds, r.Iterations))
	}
	return nil
}

func answer(x []float64, seconds float64, iterations int) string {
	b, err := json.Marshal(study.Answer{X: x, Seconds: seconds, Iterations: iterations})
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func contest(t *testing.T, mode string, problems ...study.Problem) *study.Results {
	t.Helper()
	t.Setenv("STUDY_CONTESTANT", mode)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	st := &study.Study{
		Problems: problems, Arms: append(arms(t, "fista"), study.Arm{Name: "outside", Command: []string{program, "-test.run=none"}, Version: "7"}),
		Seeds: []uint64{1}, Target: study.Target{Kind: study.CertificateTarget, Bound: 1e-3},
	}
	return run(t, &study.Runner{}, st)
}

// A contestant from outside gets the problem as its own method sees it: with scaled columns, on drawn
// rows, with several answers of which the first that is good enough ends it. What its answers are worth is
// measured here.
func TestContestant(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, f := range []study.Fit{{L2: 0.05}, {L1: 0.02}, {L2: 0.05, Resample: 0.7}} {
		res := contest(t, "honest", cancer(t, f))
		own, outside := res.Records[0][0][0], res.Records[0][1][0]
		if outside.Error != "" || outside.Status != descent.Converged || len(outside.Trace) != 3 || outside.Method != "outside" || !strings.Contains(outside.Version, "7 ") {
			t.Fatalf("%+v: %+v", f, outside)
		}
		if d := outside.Value - own.Value; d > 2e-3 || d < -2e-3 {
			t.Errorf("%+v: values %v and %v", f, own.Value, outside.Value)
		}
		p := outside.Trace
		if !(p[0].Certificate > p[1].Certificate && p[1].Certificate > p[2].Certificate && p[2].Certificate <= 1e-3 && outside.Seconds == p[2].Seconds) {
			t.Errorf("%+v: %+v", f, p)
		}
		row := res.Summarize().Problems[0].Rows
		if res.Study.Measure != study.Seconds || row[0].Reached != 1 || row[1].Reached != 1 {
			t.Errorf("%+v", row)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "descent-study-*", "*")); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
}

// What a contestant does wrong is said, and ends nothing but its cell.
func TestContestantErrors(t *testing.T) {
	for mode, want := range map[string]string{
		"fail":   "exit status 1: no logistic today",
		"silent": "printed no answer",
		"chat":   "line 1 of the contestant is no answer",
		"short":  "x has 1 numbers: want 31",
		"hasty":  "want a number from 0 to the",
	} {
		res := contest(t, mode, cancer(t, study.Fit{L2: 0.05}))
		if r := res.Records[0][1][0]; !strings.Contains(r.Error, want) {
			t.Errorf("%s: %q, want %q", mode, r.Error, want)
		}
		if r := res.Records[0][0][0]; r.Status != descent.Converged {
			t.Errorf("%s: fista: %+v", mode, r)
		}
	}
	res := contest(t, "honest", analytic(t, "booth", 0))
	if r := res.Records[0][1][0]; !strings.Contains(r.Error, "takes problems with data") {
		t.Errorf("%+v", r)
	}
}

// A contestant that said something wrong is not waited for, and neither are programs that it started.
// Each of them would take 20 s or more.
func TestContestantIsNotWaitedFor(t *testing.T) {
	for mode, want := range map[string]string{"chat on": "line 1 of the contestant is no answer", "parent": "line 1 of the contestant is no answer", "deserter": "exit status 1: gone"} {
		started := time.Now()
		res := contest(t, mode, cancer(t, study.Fit{L2: 0.05}))
		if r := res.Records[0][1][0]; !strings.Contains(r.Error, want) || time.Since(started) > 15*time.Second {
			t.Errorf("%s: %q after %v", mode, r.Error, time.Since(started))
		}
	}
}

// Ctrl-C ends a contestant, and its cell is not kept.
func TestContestantInterrupted(t *testing.T) {
	t.Setenv("STUDY_CONTESTANT", "hang")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &study.Volatile{}
	st := &study.Study{Problems: []study.Problem{cancer(t, study.Fit{L2: 0.05})}, Arms: []study.Arm{{Name: "outside", Command: []string{program, "-test.run=none"}}}, Seeds: []uint64{1}}
	time.AfterFunc(300*time.Millisecond, cancel)
	res, err := (&study.Runner{Memory: m}).Run(ctx, st)
	if err == nil || res.Records[0][0][0] != nil || res.Ran != 0 {
		t.Errorf("%v, %+v", err, res)
	}
}
