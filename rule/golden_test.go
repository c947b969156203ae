package rule

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loose are trajectories that rounding takes further from the reference than their tolerances, with the
// factor that is allowed and the reason.
var loose = map[string]struct {
	factor float64
	reason string
}{
	"adadelta_wd__mlp.json": {100, "from step 40 on rounding errors grow fourfold in a step: orders of the same sums differ by up to 60 tolerances"},
	"shampoo__rosen4.json":  {30, "the reference inverts a matrix of condition 1e7 by a singular value decomposition, whose small values are that inaccurate"},
}

// Every trajectory of the original implementations, step by step: some here, all of them with
// DESCENT_DATA.
func TestGoldenTrajectories(t *testing.T) {
	dir, want := "testdata", 19
	if d := os.Getenv("DESCENT_DATA"); d != "" {
		dir, want = filepath.Join(d, "golden", "optimizers"), 168
	}
	problems, err := os.ReadFile(filepath.Join(dir, "problems.json"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*__*.json"))
	if err != nil {
		t.Fatal(err)
	}
	run, answers := 0, 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Replay(b, problems)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		run++
		if out.Answer > 0 {
			answers++
		}
		if out.Differs != "" {
			t.Logf("%s: the reference differs from its paper: %s", filepath.Base(file), out.Differs)
		}
		if most := max(1, loose[filepath.Base(file)].factor); !(out.Worst <= most && out.Answer <= most) {
			t.Errorf("%s: off by %.2g tolerances at step %d of %d (%.2e), the answer by %.2g", filepath.Base(file), out.Worst, out.At, out.Steps, out.Error, out.Answer)
		}
	}
	if answers < 2 {
		t.Errorf("the answers of %d trajectories were compared: want at least 2", answers)
	}
	if run < want {
		t.Errorf("%d trajectories in %s: want at least %d", run, dir, want)
	}
}

// Trajectories that are damaged, of other formats or of unknown optimizers are errors that say so.
func TestReplayRefuses(t *testing.T) {
	problems, err := os.ReadFile("testdata/problems.json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("testdata/adam__rosen4.json")
	if err != nil {
		t.Fatal(err)
	}
	for old, c := range map[string][2]string{
		`"optimizer": "adam"`:         {`"optimizer": "madam"`, "no rule has this name"},
		`descent-golden-trajectory/1`: {"descent-golden-trajectory/2", "want descent-golden-trajectory/1"},
		`"problem": "rosen4"`:         {`"problem": "quad10"`, "want those of"},
		`"problem": "rosen4",
`: {"\"problem\": \"rosen5\",\n", "not in the file"},
		`"betas": [`: {`"betas": [2.0, `, "beta1 = 2"},
		"{\n":        {"", "trajectory:"},
	} {
		bad := strings.Replace(string(b), old, c[0], 1)
		if bad == string(b) {
			t.Fatalf("%q is not in the file", old)
		}
		out, err := Replay([]byte(bad), problems)
		if err == nil || out != nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s for %s: %v; want an error with %q", c[0], old, err, c[1])
		}
	}
	if _, err := Replay(b, []byte("{")); err == nil {
		t.Error("damaged problems are not refused")
	}
	_, err = Replay([]byte(strings.Replace(string(b), `"optimizer": "adam"`, `"optimizer": "madam"`, 1)), problems)
	if !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown optimizer is %v", err)
	}
}
