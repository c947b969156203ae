package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godescent/descent/rule"
)

// replayed runs descent rule replay on a trajectory of package rule, after a change of its text.
func replayed(t *testing.T, old, text string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"adam__rosen4.json", "problems.json"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "rule", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Replace(string(b), old, text, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	code = run([]string{"rule", "replay", filepath.Join(dir, "adam__rosen4.json"), "--json"}, nil, &out, &errs)
	return code, out.String(), errs.String()
}

func TestReplay(t *testing.T) {
	code, out, errs := replayed(t, "", "")
	var r replayItem
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitOK || !r.Agrees || r.Steps != 50 || r.Rule != "Adam" {
		t.Errorf("exit %d, %v: %s%s", code, err, out, errs)
	}
	code, out, _ = replayed(t, `"lr": 0.02`, `"lr": 0.0201`)
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitUncertified || r.Agrees {
		t.Errorf("another learning rate: exit %d, %v: %s", code, err, out)
	}
	if code, out, errs = replayed(t, `"optimizer": "adam"`, `"optimizer": "eve"`); code != exitUsage || out != "" || !strings.Contains(errs, `optimizer "eve": no rule has this name`) {
		t.Errorf("an unknown optimizer: exit %d: %s%s", code, out, errs)
	}
	if code, _, errs = replayed(t, "{", "["); code != exitUsage || !strings.Contains(errs, "trajectory:") {
		t.Errorf("a damaged file: exit %d: %s", code, errs)
	}
	var out2, errs2 bytes.Buffer
	if code := run([]string{"rule", "replay", "nowhere.json"}, nil, &out2, &errs2); code != exitUsage {
		t.Errorf("no file: exit %d: %s", code, errs2.String())
	}
}

// Every rule can be listed and shown.
func TestListRules(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"list", "rules", "--json"}, nil, &out, &errs); code != exitOK {
		t.Fatal(errs.String())
	}
	var list struct{ Rules []ruleItem }
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list.Rules) != len(rule.All()) {
		t.Fatalf("%d rules, %v", len(list.Rules), err)
	}
	for _, r := range list.Rules {
		out.Reset()
		if code := run([]string{"show", "rules/" + r.ID}, nil, &out, &errs); code != exitOK || !strings.Contains(out.String(), "learning rate") || r.Title == "" {
			t.Errorf("show %s: exit %d: %s", r.ID, code, out.String())
		}
	}
}
