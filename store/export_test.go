package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/study"
)

// exported is two runs: one with all there is, one with strange numbers and no trace.
func exported(t *testing.T) (*Store, []*Run) {
	t.Helper()
	s := mustOpen(t, filepath.Join(t.TempDir(), "runs.db"))
	bare := &study.Record{Cell: study.Cell{Verb: "claim", Problem: "a|b: 'x' < 1\n\"q\""}, Value: math.NaN(), Certificate: descent.Certificate{Value: math.Inf(1)}, Error: "no such data"}
	ids, err := s.Put(t.Context(), sample(0), bare)
	if err != nil {
		t.Fatal(err)
	}
	var runs []*Run
	for _, id := range ids {
		r, err := s.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, r)
	}
	return s, runs
}

func mustExport(t *testing.T, s *Store, e Exporter, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var seen []int
	if n, err := s.Export(t.Context(), Filter{}, e, func(done, total int) { seen = append(seen, done, total) }); n != 2 || err != nil || !slices.Equal(seen, []int{1, 2, 2, 2}) {
		t.Fatalf("%d runs, %v, progress %v", n, err, seen)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestJSONL(t *testing.T) {
	s, runs := exported(t)
	var buf bytes.Buffer
	mustExport(t, s, NewJSONL(&buf), nil)
	lines := strings.Split(strings.TrimSuffix(buf.String(), "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	// the oldest first: the start of the second is not known
	for i, r := range []*Run{runs[1], runs[0]} {
		var got struct {
			ID, Key, Problem, Error string
			Value                   number
			Certificate             certificate
			Metrics                 map[string]number
			Seed                    uint64
			Tags                    []string
			Trace                   []tracePoint
		}
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		if got.ID != r.ID || got.Key != r.Key() || got.Problem != r.Problem || got.Error != r.Error || got.Seed != r.Seed || len(got.Trace) != len(r.Trace) || !slices.Equal(got.Tags, append([]string{}, r.Tags...)) {
			t.Errorf("%+v\nwant %+v", got, r)
		}
		if math.Float64bits(float64(got.Value)) != math.Float64bits(r.Value) || float64(got.Certificate.Value) != r.Certificate.Value || float64(got.Metrics["loss"]) != r.Metrics["loss"] {
			t.Errorf("numbers: %+v", got)
		}
		for k, p := range got.Trace {
			if p.Iteration != r.Trace[k].Iteration || float64(p.Certificate) != r.Trace[k].Certificate || p.Counts != r.Trace[k].Counts {
				t.Errorf("point %d: %+v, want %+v", k, p, r.Trace[k])
			}
		}
	}
}

func TestCSV(t *testing.T) {
	s, runs := exported(t)
	var buf bytes.Buffer
	mustExport(t, s, NewCSV(&buf), nil)
	rows, err := csv.NewReader(&buf).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	want := map[string]string{
		"id": runs[0].ID, "problem": "logistic l2=0", "options": "memory=5", "limits": "tolerance=1e-06", "seed": "18446744073709551615", "started": "2026-11-26T12:00:00.123456789Z",
		"value": "1", "certificate_kind": descent.GapCertificate, "iterations": "17", "coordinates": "7", "metrics": "accuracy=0.98; loss=+Inf", "tags": "paper table-2", "error": "",
	}
	for i, name := range rows[0] {
		if w, ok := want[name]; ok && rows[2][i] != w {
			t.Errorf("%s: %q, want %q", name, rows[2][i], w)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("no columns %v", want)
	}
	if i := slices.Index(rows[0], "problem"); rows[1][i] != runs[1].Problem {
		t.Errorf("problem %q", rows[1][i])
	}
	var empty bytes.Buffer
	if err := NewCSV(&empty).Close(); err != nil || !strings.HasPrefix(empty.String(), "id,key,") || strings.Count(empty.String(), "\n") != 1 {
		t.Errorf("without runs: %q, %v", empty.String(), err)
	}
}

func TestMLflow(t *testing.T) {
	s, runs := exported(t)
	dir := filepath.Join(t.TempDir(), "ml runs")
	for range 2 { // the second time there is nothing to do
		e, err := NewMLflow(dir)
		mustExport(t, s, e, err)
	}
	id := experimentID("fit logistic l2=0 on breast-cancer")
	run := filepath.Join(dir, id, runs[0].ID)
	for file, want := range map[string]string{
		"params/method": "newton", "params/option.memory": "5", "params/seed": "18446744073709551615", "tags/paper": "true", "tags/mlflow.runName": "newton-" + runs[0].ID[:8],
		"metrics/accuracy": "1795694400373 0.98 17\n", "metrics/loss": "1795694400373 +Inf 17\n",
		"metrics/loss apart": "1795694400206 0.5 1\n1795694400289 +Inf 2\n1795694400373 0.25 3\n",
	} {
		if b, err := os.ReadFile(filepath.Join(run, filepath.FromSlash(file))); err != nil || string(b) != want {
			t.Errorf("%s: %q, want %q (%v)", file, b, want, err)
		}
	}
	history, err := os.ReadFile(filepath.Join(run, "metrics", "certificate"))
	lines := strings.Split(string(history), "\n")
	if err != nil || len(lines) != 21 || lines[0] != "1795694400123 +Inf 0" || lines[2] != "1795694400789 0.5 4" {
		t.Errorf("history %q, %v", lines, err)
	}
	meta, err := os.ReadFile(filepath.Join(run, "meta.yaml"))
	for _, want := range []string{"run_id: \"" + runs[0].ID + "\"\n", "status: 3\n", "start_time: 1795694400123\n", "experiment_id: \"" + id + "\"\n", "/ml%20runs/" + id, "lifecycle_stage: \"active\"\n"} {
		if !strings.Contains(string(meta), want) {
			t.Errorf("no %q in %s (%v)", want, meta, err)
		}
	}
	other := filepath.Join(dir, experimentID(`claim a|b: 'x' < 1`+"\n"+`"q"`))
	meta, err = os.ReadFile(filepath.Join(other, "meta.yaml"))
	if want := `name: "claim a|b: 'x' < 1\n\"q\""` + "\n"; err != nil || !strings.Contains(string(meta), want) {
		t.Errorf("no %q in %s (%v)", want, meta, err)
	}
	if b, err := os.ReadFile(filepath.Join(other, runs[1].ID, "metrics", "value")); err != nil || string(b) != "0 NaN 0\n" {
		t.Errorf("value without a trace: %q, %v", b, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v in the folder, %v", entries, err)
	}
}

// What is there already, and may have been added to, is not touched.
func TestMLflowKeepsRuns(t *testing.T) {
	s, runs := exported(t)
	dir := t.TempDir()
	e, err := NewMLflow(dir)
	mustExport(t, s, e, err)
	tag := filepath.Join(dir, experimentID(experiment(runs[0])), runs[0].ID, "tags", "paper")
	if err := os.WriteFile(tag, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	e, err = NewMLflow(dir)
	mustExport(t, s, e, err)
	if b, err := os.ReadFile(tag); string(b) != "mine" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

func TestFileNames(t *testing.T) {
	for in, want := range map[string]string{
		"training accuracy": "training accuracy", "a/b:c": "a_b_c", "..": "_", "": "_", ".hidden ": "hidden", "größe": "größe", "\xff*": "__", strings.Repeat("ä", 99): strings.Repeat("ä", 60),
	} {
		if got := fileName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	r := &Run{ID: strings.Repeat("0", 32), Record: study.Record{
		Cell:    study.Cell{Method: strings.Repeat("m", 99), Options: map[string]string{"x/": "", "x:": "2", "x_": "3"}},
		Metrics: map[string]float64{"a/b": 1, "a:b": 2}, Seconds: math.NaN(), Started: epoch,
	}}
	for range 20 { // in whatever order maps are read
		files := mlflowFiles(r)
		for name, want := range map[string]string{
			"metrics/a_b": "1795694400123 1 0\n", "metrics/a_b_2": "1795694400123 2 0\n", "params/option.x_": "", "params/option.x__2": "2", "params/option.x__3": "3",
		} {
			if got, ok := files[name]; got != want || !ok {
				t.Fatalf("%s: %q, want %q", name, got, want)
			}
		}
	}
	if name := fileName(runName(r)); !strings.HasSuffix(name, "m-00000000") {
		t.Errorf("the folder %s has no ID", name)
	}
}

// fieldsOf decodes a message: the fields in order, with their numbers.
func fieldsOf(t *testing.T, b []byte) (numbers []int, contents [][]byte) {
	t.Helper()
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		b = b[n:]
		size := 0
		switch key & 7 {
		case 0:
			_, size = binary.Uvarint(b)
		case 1:
			size = 8
		case 2:
			length, n := binary.Uvarint(b)
			b, size = b[n:], int(length)
		case 5:
			size = 4
		default:
			t.Fatalf("wire type %d", key&7)
		}
		numbers, contents = append(numbers, int(key>>3)), append(contents, b[:size])
		b = b[size:]
	}
	return numbers, contents
}

// The check value of CRC-32C is 0xe3069283.
func TestMaskedChecksum(t *testing.T) {
	c := uint32(0xe3069283)
	if got, want := masked([]byte("123456789")), (c>>15|c<<17)+0xa282ead8; got != want {
		t.Errorf("%#x, want %#x", got, want)
	}
}

func TestTensorBoard(t *testing.T) {
	s, runs := exported(t)
	dir := t.TempDir()
	for range 2 {
		e, err := NewTensorBoard(dir)
		mustExport(t, s, e, err)
	}
	name := filepath.Join(dir, "fit logistic l2_0 on breast-cancer", "newton-"+runs[0].ID[:8], "events.out.tfevents.1795694400."+runs[0].ID)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var events [][]byte
	for len(b) > 0 {
		n := binary.LittleEndian.Uint64(b)
		if got, want := binary.LittleEndian.Uint32(b[8:]), masked(b[:8]); got != want {
			t.Fatalf("checksum of the length %#x, want %#x", got, want)
		}
		data := b[12 : 12+n]
		if got, want := binary.LittleEndian.Uint32(b[12+n:]), masked(data); got != want {
			t.Fatalf("checksum of the data %#x, want %#x", got, want)
		}
		events, b = append(events, data), b[16+n:]
	}
	if len(events) != 1+1+20+3+1 {
		t.Fatalf("%d events", len(events))
	}
	numbers, contents := fieldsOf(t, events[0])
	if !slices.Equal(numbers, []int{1, 2, 3}) || string(contents[2]) != "brain.Event:2" {
		t.Errorf("first event: %v %q", numbers, contents)
	}
	for k, p := range runs[0].Trace {
		numbers, contents := fieldsOf(t, events[2+k])
		if !slices.Equal(numbers, []int{1, 2, 5}) {
			t.Fatalf("event %d: fields %v", k, numbers)
		}
		if at := math.Float64frombits(binary.LittleEndian.Uint64(contents[0])); at != float64(epoch.UnixNano())/1e9+p.Seconds {
			t.Errorf("event %d at %v", k, at)
		}
		if step, _ := binary.Uvarint(contents[1]); int(step) != p.Iteration {
			t.Errorf("event %d: step %d", k, step)
		}
		_, values := fieldsOf(t, contents[2])
		for i, want := range []struct {
			tag string
			v   float64
		}{{"value", p.Value}, {"certificate", p.Certificate}} {
			numbers, v := fieldsOf(t, values[i])
			if got := math.Float32frombits(binary.LittleEndian.Uint32(v[1])); !slices.Equal(numbers, []int{1, 2}) || string(v[0]) != want.tag || got != float32(want.v) {
				t.Errorf("event %d: %s = %v, want %s = %v", k, v[0], got, want.tag, want.v)
			}
		}
	}
	for k := range 3 { // the series
		_, contents := fieldsOf(t, events[2+20+k])
		_, values := fieldsOf(t, contents[2])
		_, v := fieldsOf(t, values[0])
		step, _ := binary.Uvarint(contents[1])
		if got, want := math.Float32frombits(binary.LittleEndian.Uint32(v[1])), float32(runs[0].Series[0].Values[k]); string(v[0]) != "loss apart" || got != want || int(step) != k+1 {
			t.Errorf("series: %s = %v at step %d, want %v", v[0], got, step, want)
		}
	}
	if text := string(events[1]); !strings.Contains(text, "| method | newton |") || !strings.Contains(text, "| tags | paper table-2 |") {
		t.Errorf("text %q", text)
	}
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v beside the file, %v", entries, err)
	}
	if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
		t.Errorf("others may not read the file: %v, %v", info.Mode(), err)
	}
	runs[1].Seconds = math.NaN()
	_, last := lastEvent(t, eventFile(runs[1]))
	if at := math.Float64frombits(binary.LittleEndian.Uint64(last[0])); at != 0 {
		t.Errorf("a run of unknown length ends at %v", at)
	}
}

// lastEvent decodes the last record of a file.
func lastEvent(t *testing.T, b []byte) ([]int, [][]byte) {
	t.Helper()
	for {
		n := binary.LittleEndian.Uint64(b)
		if data := b[12 : 12+n]; uint64(len(b)) == 16+n {
			return fieldsOf(t, data)
		}
		b = b[16+n:]
	}
}

// Exports to one folder at the same time do not disturb each other.
func TestMLflowTogether(t *testing.T) {
	s, runs := exported(t)
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			e, err := NewMLflow(dir)
			if err == nil {
				_, err = s.Export(t.Context(), Filter{}, e, nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	entries, err := os.ReadDir(filepath.Join(dir, experimentID(experiment(runs[0]))))
	if err != nil || len(entries) != 2 { // the run and meta.yaml
		t.Errorf("%v, %v", entries, err)
	}
}

func TestExportStops(t *testing.T) {
	s, _ := exported(t)
	ctx, cancel := context.WithCancel(t.Context())
	var buf bytes.Buffer
	n, err := s.Export(ctx, Filter{}, NewJSONL(&buf), func(int, int) { cancel() })
	if n != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d runs, %v", n, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := NewMLflow(filepath.Join(file, "x")); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder in a file: %v", err)
	}
}
