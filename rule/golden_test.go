package rule

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// missing are the optimizers of the trajectories that are no update rules, with the reason.
var missing = map[string]string{}

// Every trajectory of the original implementations, step by step: some here, all of them with
// DESCENT_DATA.
func TestGoldenTrajectories(t *testing.T) {
	dir, want := "testdata", 9
	if d := os.Getenv("DESCENT_DATA"); d != "" {
		dir, want = filepath.Join(d, "golden", "optimizers"), 160
	}
	problems, err := os.ReadFile(filepath.Join(dir, "problems.json"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*__*.json"))
	if err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Replay(b, problems)
		if errors.Is(err, ErrUnknown) {
			traj, _ := ParseTrajectory(b)
			if missing[traj.Optimizer] == "" {
				t.Errorf("%s: no rule replays %s, and no reason is given", filepath.Base(file), traj.Optimizer)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		run++
		if !out.Agrees {
			t.Errorf("%s: off by %.2g tolerances at step %d of %d (%.2e), the answer by %.2g", filepath.Base(file), out.Worst, out.At, out.Steps, out.Error, out.Answer)
		}
	}
	if run < want {
		t.Errorf("%d trajectories in %s: want at least %d", run, dir, want)
	}
}
