package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/godescent/descent"
)

// mlflow writes MLflow's folders: an experiment for each task, a run for each run, named by its ID,
// with a file for each parameter, metric and tag.
type mlflow struct {
	dir  string
	seen map[string]bool // experiments that are there
}

// NewMLflow writes the layout of MLflow's file store in dir, its mlruns. A run that is there is left
// as it is; one that is not appears when it is whole.
func NewMLflow(dir string) (Exporter, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return &mlflow{abs, map[string]bool{}}, os.MkdirAll(abs, 0o755)
}

func (e *mlflow) Close() error { return nil }

// experimentID is 18 digits, as MLflow makes them, but always the same for a name.
func experimentID(name string) string {
	h := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%d", 1e17+binary.BigEndian.Uint64(h[:])%9e17)
}

func (e *mlflow) Export(r *Run) error {
	name := experiment(r)
	id := experimentID(name)
	if err := e.begin(id, name, r.Started); err != nil {
		return err
	}
	final := filepath.Join(e.dir, id, r.ID)
	if _, err := os.Stat(final); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	partial, err := os.MkdirTemp(e.dir, ".partial-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial)
	files := mlflowFiles(r)
	files["meta.yaml"] = mlflowRun(r, id, fileURL(filepath.Join(final, "artifacts")))
	for _, folder := range []string{"artifacts", "metrics", "params", "tags"} { // MLflow wants them all
		if err := os.Mkdir(filepath.Join(partial, folder), 0o755); err != nil {
			return err
		}
	}
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(partial, filepath.FromSlash(file)), []byte(content), 0o644); err != nil {
			return err
		}
	}
	if err := os.Chmod(partial, 0o755); err != nil {
		return err
	}
	err = os.Rename(partial, final)
	if _, there := os.Stat(final); there == nil {
		return nil // another export may have been faster
	}
	return err
}

// begin makes an experiment.
func (e *mlflow) begin(id, name string, t time.Time) error {
	if e.seen[id] {
		return nil
	}
	e.seen[id] = true
	dir := filepath.Join(e.dir, id)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	meta := filepath.Join(dir, "meta.yaml")
	if _, err := os.Stat(meta); err == nil {
		return nil
	}
	return publish(meta, []byte(yaml(
		"artifact_location", fileURL(dir), "creation_time", milliseconds(t), "experiment_id", id,
		"last_update_time", milliseconds(t), "lifecycle_stage", "active", "name", name,
	)))
}

// The states of a run in MLflow.
const (
	mlflowFinished = 3
	mlflowFailed   = 4
	mlflowKilled   = 5
)

func mlflowRun(r *Run, experiment, artifacts string) string {
	state := mlflowFinished
	switch statusOf(&r.Record) {
	case Failed, descent.Diverged:
		state = mlflowFailed
	case descent.Cancelled:
		state = mlflowKilled
	}
	return yaml(
		"artifact_uri", artifacts, "end_time", millisecondsAt(r, r.Seconds), "entry_point_name", "", "experiment_id", experiment,
		"lifecycle_stage", "active", "run_id", r.ID, "run_name", runName(r), "run_uuid", r.ID, "source_name", "", "source_type", 4, "source_version", "",
		"start_time", milliseconds(r.Started), "status", state, "tags", []string{}, "user_id", "descent",
	)
}

// mlflowFiles are the parameters, metrics and tags of a run. Two names that are the same as names of
// files get numbers.
func mlflowFiles(r *Run) map[string]string {
	files := map[string]string{}
	add := func(folder, name, content string) {
		path := folder + "/" + fileName(name)
		for k, taken := 2, has(files, path); taken; k, taken = k+1, has(files, path) {
			path = fmt.Sprintf("%s/%s_%d", folder, fileName(name), k)
		}
		files[path] = content
	}
	for _, p := range mlflowParams(r) {
		if p[1] != "" {
			add("params", p[0], oneLine(p[1]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Options)) {
		add("params", "option."+name, oneLine(r.Options[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Limits)) {
		add("params", "limit."+name, oneLine(r.Limits[name]))
	}
	end := millisecondsAt(r, r.Seconds)
	last := func(name string, v float64) {
		add("metrics", name, fmt.Sprintf("%d %s %d\n", end, float(v), r.Iterations))
	}
	if len(r.Trace) == 0 {
		last("value", r.Value)
		last("certificate", r.Certificate.Value)
	} else {
		add("metrics", "value", mlflowHistory(r, func(p descent.TracePoint) float64 { return p.Value }))
		add("metrics", "certificate", mlflowHistory(r, func(p descent.TracePoint) float64 { return p.Certificate }))
	}
	for _, s := range r.Series {
		var b strings.Builder
		for k, v := range s.Values {
			fmt.Fprintf(&b, "%d %s %d\n", millisecondsAt(r, r.Seconds*float64(k+1)/float64(len(s.Values))), float(v), k+1)
		}
		if len(s.Values) > 0 {
			add("metrics", s.Name, b.String())
		}
	}
	last("seconds", r.Seconds)
	last("iterations", float64(r.Iterations))
	last("gradients", float64(r.Counts.Gradient))
	last("values", float64(r.Counts.Value))
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		last(name, r.Metrics[name])
	}
	for name, v := range map[string]string{"mlflow.runName": runName(r), "mlflow.source.name": "descent " + r.Verb, "mlflow.source.type": "LOCAL", "mlflow.user": "descent", "mlflow.note.content": mlflowNote(r)} {
		add("tags", name, v)
	}
	for _, tag := range r.Tags {
		add("tags", tag, "true")
	}
	return files
}

func mlflowParams(r *Run) [][2]string {
	return [][2]string{
		{"verb", r.Verb}, {"problem", r.Problem}, {"data", r.Data}, {"sha256", r.SHA256}, {"method", r.Method}, {"seed", fmt.Sprint(r.Seed)}, {"version", r.Version},
		{"machine", r.Machine}, {"status", string(statusOf(&r.Record))}, {"limit", r.Limit}, {"certificate_kind", r.Certificate.Kind}, {"tolerance", float(r.Certificate.Tolerance)},
	}
}

// mlflowNote is what the page of a run shows first.
func mlflowNote(r *Run) string {
	lines := []string{string(r.Status) + ": " + r.Certificate.String()}
	if r.Error != "" {
		lines = []string{"error: " + r.Error}
	}
	return strings.Join(append(lines, r.Diagnosis...), "\n\n")
}

// mlflowHistory has a line for each point: milliseconds, value, step.
func mlflowHistory(r *Run, of func(descent.TracePoint) float64) string {
	var b strings.Builder
	for _, p := range r.Trace {
		fmt.Fprintf(&b, "%d %s %d\n", millisecondsAt(r, p.Seconds), float(of(p)), p.Iteration)
	}
	return b.String()
}

// longestParam is the most that MLflow takes for the value of a parameter.
const longestParam = 6000

// oneLine makes a value of a parameter.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if runes := []rune(s); len(runes) > longestParam {
		s = string(runes[:longestParam-1]) + "…"
	}
	return s
}

func milliseconds(t time.Time) int64 { return nanoseconds(t) / 1e6 }

// millisecondsAt is the time some seconds into a run; where they are not known, or beyond an age, its start.
func millisecondsAt(r *Run, seconds float64) int64 {
	if !(math.Abs(seconds) < 1e12) {
		seconds = 0
	}
	return milliseconds(r.Started) + int64(1000*seconds)
}

func has(m map[string]string, key string) bool {
	_, ok := m[key]
	return ok
}

func fileURL(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// yaml writes keys and values, the latter as JSON, which YAML contains.
func yaml(keysAndValues ...any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i := 0; i < len(keysAndValues); i += 2 {
		fmt.Fprintf(&b, "%s: ", keysAndValues[i])
		if err := enc.Encode(keysAndValues[i+1]); err != nil { // ends the line
			panic(err) // strings and whole numbers only
		}
	}
	return b.String()
}
