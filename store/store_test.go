package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/study"
)

// testVariable holds the URL of a PostgreSQL database that tests may make schemas in.
const testVariable = "DESCENT_TEST_POSTGRES"

// on runs a test on both databases. place is a new one for each test.
func on(t *testing.T, test func(t *testing.T, place string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "runs.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, newPostgres(t)) })
}

// newPostgres returns the URL of an empty schema, which is dropped at the end.
func newPostgres(t *testing.T) string {
	t.Helper()
	base := os.Getenv(testVariable)
	if base == "" {
		if os.Getenv("CI") != "" {
			t.Fatal(testVariable + " is not set, and must be in continuous integration")
		}
		t.Skip(testVariable + " holds no URL of a PostgreSQL database; `.ci/postgres go test ./store` starts one")
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(t.Name()))
	schema := fmt.Sprintf("test_%d_%s", os.Getpid(), hex.EncodeToString(sum[:8]))
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	t.Cleanup(func() {
		db, _, err := openPostgres(base)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec("DROP SCHEMA IF EXISTS " + schema + " CASCADE"); err != nil {
			t.Error(err)
		}
	})
	return u.String()
}

func mustOpen(t testing.TB, place string) *Store {
	t.Helper()
	s, err := OpenOrCreate(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var epoch = time.Date(2026, 11, 26, 12, 0, 0, 123456789, time.UTC)

// sample is the k-th of a series of records; all of its fields are set.
func sample(k int) *study.Record {
	r := &study.Record{
		Cell: study.Cell{
			Verb: "fit", Problem: fmt.Sprintf("logistic l2=%d", k%3), Data: "breast-cancer", SHA256: "c0ffee", Method: []string{"newton", "l-bfgs"}[k%2],
			Options: map[string]string{"memory": "5"}, Seed: math.MaxUint64 - uint64(k), Limits: map[string]string{"tolerance": "1e-06"}, Version: "v1.2.3",
		},
		Started: epoch.Add(time.Duration(k) * time.Minute), Machine: "a machine", Seconds: 0.25, Status: descent.Converged, Limit: "",
		Value: 1 / float64(k+1), Certificate: descent.Certificate{Kind: descent.GapCertificate, Value: 1e-9, Tolerance: 1e-6},
		Iterations: 17 + k, Counts: descent.Counts{Value: 1, Gradient: 2, HessVec: 3, Hessian: 4, Term: 5, Prox: 6, Coordinate: 7},
		Diagnosis: []string{"all is well"}, Metrics: map[string]float64{"accuracy": 0.98, "loss": math.Inf(1)},
		Series: []descent.Series{{Name: "loss apart", Values: []float64{0.5, math.Inf(1), 0.25}}},
		Tags:   []string{"paper", "table-2"},
	}
	for i := range 20 {
		r.Trace = append(r.Trace, descent.TracePoint{Iteration: i * i, Seconds: float64(i) / 3, Value: math.Exp(-float64(i)), Certificate: 1 / float64(i), Counts: descent.Counts{Gradient: i}})
	}
	return r
}

// same compares records bit for bit; NaN equals NaN.
func same(t *testing.T, got, want *study.Record) {
	t.Helper()
	a, b := fmt.Sprintf("%#v", *got), fmt.Sprintf("%#v", *want)
	if a != b || math.Float64bits(got.Value) != math.Float64bits(want.Value) {
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
}

func TestAddAndGet(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		s := mustOpen(t, place)
		strange := sample(1)
		strange.Value, strange.Seconds, strange.Certificate.Value = math.NaN(), math.Inf(1), math.Copysign(0, -1)
		strange.Problem = "x < 1 ? \x00 : 'ü' \\ % _ [*]"
		strange.Tags = nil
		strange.Trace[3].Value = math.NaN()
		empty := &study.Record{Cell: study.Cell{Verb: "claim"}, Error: "no such data"}
		for _, r := range []*study.Record{sample(0), strange, empty} {
			ids, err := s.Put(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Get(t.Context(), ids[0])
			if err != nil {
				t.Fatal(err)
			}
			same(t, &got.Record, r)
			if got.ID != ids[0] || len(got.ID) != 32 || got.Key() != r.Key() {
				t.Errorf("ID %s, key %s", got.ID, got.Key())
			}
			again, err := s.Put(t.Context(), r)
			if err != nil || again[0] != ids[0] {
				t.Errorf("again: %v, %v", again, err)
			}
		}
		if n, err := s.Count(t.Context(), Filter{}); n != 3 || err != nil {
			t.Errorf("%d runs, %v", n, err)
		}
	})
}

// All records of a Put are there or none.
func TestPutIsAtomic(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		s := mustOpen(t, place)
		bad := sample(1)
		bad.Tags = []string{"two words"}
		for _, r := range []*study.Record{bad, {}} {
			if _, err := s.Put(t.Context(), sample(0), r); err == nil || !strings.Contains(err.Error(), "want") {
				t.Errorf("error %v", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Put(ctx, sample(0)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if n, err := s.Count(t.Context(), Filter{}); n != 0 || err != nil {
			t.Errorf("%d runs, %v", n, err)
		}
	})
}

func TestList(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		s := mustOpen(t, place)
		var records []*study.Record
		for k := range 12 {
			r := sample(k)
			if k == 4 {
				r.Verb, r.Status, r.Limit, r.Tags = "train", descent.Limit, "30s", nil
			}
			if k == 7 {
				r.Error, r.Data = "no such column", "100%_[x]?"
			}
			records = append(records, r)
		}
		if _, err := s.Put(t.Context(), records...); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			f    Filter
			want []int
		}{
			{Filter{}, []int{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
			{Filter{Limit: 2}, []int{11, 10}},
			{Filter{Verb: "train"}, []int{4}},
			{Filter{Problem: "logistic l2=1"}, []int{10, 7, 4, 1}},
			{Filter{Problem: "log*=1"}, []int{10, 7, 4, 1}},
			{Filter{Problem: "*l2*", Limit: 1}, []int{11}},
			{Filter{Problem: "LOG*"}, nil},
			{Filter{Problem: "logistic"}, nil},
			{Filter{Data: "100%_[x]?"}, []int{7}},
			{Filter{Data: "100%_[x]?*"}, []int{7}},
			{Filter{Data: "100%%[x]?*"}, nil},
			{Filter{Method: "newton", Since: epoch.Add(8 * time.Minute)}, []int{10, 8}},
			{Filter{Before: epoch.Add(time.Minute)}, []int{0}},
			{Filter{Since: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)}, nil},
			{Filter{Since: time.Date(1000, 1, 1, 0, 0, 0, 0, time.UTC), Limit: 1}, []int{11}},
			{Filter{Status: descent.Limit}, []int{4}},
			{Filter{Status: Failed}, []int{7}},
			{Filter{Tag: "paper", Status: descent.Limit}, nil},
			{Filter{Tag: "table-2", Limit: 1}, []int{11}},
			{Filter{Key: sample(3).Key()}, []int{3}},
		} {
			list, err := s.List(t.Context(), c.f)
			if err != nil {
				t.Fatalf("%+v: %v", c.f, err)
			}
			var got []int
			for _, r := range list {
				got = append(got, r.Iterations-17)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v: %v, want %v", c.f, got, c.want)
			}
			f := c.f
			f.Limit = 0
			if n, err := s.Count(t.Context(), f); err != nil || c.f.Limit == 0 && n != len(c.want) {
				t.Errorf("%+v: count %d, %v", f, n, err)
			}
		}
		list, err := s.List(t.Context(), Filter{Verb: "fit", Limit: 1})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		r := sample(11)
		want := Summary{
			ID: list[0].ID, Key: r.Key(), Verb: r.Verb, Problem: r.Problem, Data: r.Data, Method: r.Method, Seed: r.Seed, Version: r.Version, Started: r.Started,
			Status: r.Status, Value: r.Value, Certificate: r.Certificate, Seconds: r.Seconds, Iterations: r.Iterations, Points: 20, Tags: []string{"paper", "table-2"},
		}
		if !reflect.DeepEqual(list[0], want) {
			t.Errorf("%+v\nwant %+v", list[0], want)
		}
	})
}

func TestFind(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		s := mustOpen(t, place)
		old, failed, cancelled := sample(0), sample(0), sample(0)
		failed.Error, failed.Started = "no memory", epoch.Add(-time.Hour)
		cancelled.Status, cancelled.Started = descent.Cancelled, epoch.Add(time.Hour)
		if err := s.Add(cancelled); err != nil {
			t.Fatal(err)
		}
		if r, ok, err := s.Find(old.Key()); r != nil || ok || err != nil {
			t.Errorf("a cancelled run is found: %v, %v", r, err)
		}
		if err := s.Add(failed); err != nil {
			t.Fatal(err)
		}
		if r, ok, err := s.Find(old.Key()); err != nil || !ok || r.Error != failed.Error {
			t.Errorf("a failed run is not found: %v, %v", r, err)
		}
		newer := sample(0)
		newer.Started, newer.Value = epoch.Add(time.Minute), 5
		for _, r := range []*study.Record{newer, old} {
			if err := s.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		r, ok, err := s.Find(old.Key())
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		same(t, r, newer)
		for _, v := range []float64{7, math.Copysign(0, -1), 6} { // of the same time
			newer.Value = v
			if err := s.Add(newer); err != nil {
				t.Fatal(err)
			}
			if r, _, err := s.Find(newer.Key()); err != nil {
				t.Error(err)
			} else {
				same(t, r, newer)
			}
		}
	})
}

func TestResolve(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		s := mustOpen(t, place)
		ids, err := s.Put(t.Context(), sample(0), sample(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, prefix := range []string{ids[0], ids[0][:4], strings.ToUpper(ids[0][:9])} {
			if id, err := s.Resolve(t.Context(), prefix); id != ids[0] || err != nil {
				t.Errorf("%s: %s, %v", prefix, id, err)
			}
		}
		for prefix, want := range map[string]string{"@1": ids[1], "@2": ids[0]} {
			if id, err := s.Resolve(t.Context(), prefix); id != want || err != nil {
				t.Errorf("%s: %s, %v", prefix, id, err)
			}
		}
		// IDs that only differ later
		for _, id := range []string{"abcd0" + ids[0][5:], "abcdf" + ids[0][5:]} {
			if _, err := s.db.Exec("UPDATE runs SET id = $1 WHERE id = (SELECT max(id) FROM runs WHERE id NOT LIKE 'abcd%')", id); err != nil {
				t.Fatal(err)
			}
		}
		for prefix, want := range map[string]string{"abcd": "want more digits", "0123": "no run 0123", "abc": "at least 4", "@3": "there are fewer", "@0": "want @1", "@x": "want @1", "xyz1": "hex digits", strings.Repeat("a", 33): "hex digits"} {
			if _, err := s.Resolve(t.Context(), prefix); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", prefix, err, want)
			}
		}
		if id, err := s.Resolve(t.Context(), "abcdf"); err != nil || !strings.HasPrefix(id, "abcdf") {
			t.Errorf("%s, %v", id, err)
		}
	})
}

func TestTags(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		s := mustOpen(t, place)
		ids, err := s.Put(t.Context(), sample(0))
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		if err := s.Tag(ctx, ids[0], "best", "paper"); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Untag(ctx, ids[0], "table-2", "other"); n != 1 || err != nil {
			t.Errorf("%d removed, %v", n, err)
		}
		r, err := s.Get(ctx, ids[0])
		if err != nil || !slices.Equal(r.Tags, []string{"best", "paper"}) {
			t.Errorf("%v, %v", r.Tags, err)
		}
		for _, bad := range []string{"", "a b", "a,b", "a\nb", "\xff", strings.Repeat("x", 101)} {
			if err := s.Tag(ctx, ids[0], bad); err == nil || !strings.Contains(err.Error(), "want a word") {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if err := s.Tag(ctx, strings.Repeat("0", 32), "best"); err == nil || !strings.Contains(err.Error(), "no run") {
			t.Errorf("unknown run: %v", err)
		}
	})
}

func TestMerge(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		ctx := t.Context()
		s, other := mustOpen(t, place), mustOpen(t, filepath.Join(t.TempDir(), "other.db"))
		ours, theirs := sample(0), sample(0)
		ours.Tags, theirs.Tags = []string{"ours"}, []string{"theirs"}
		if err := s.Add(ours); err != nil {
			t.Fatal(err)
		}
		records := []*study.Record{theirs}
		for k := 1; k < 450; k++ {
			records = append(records, sample(k))
		}
		if _, err := other.Put(ctx, records...); err != nil {
			t.Fatal(err)
		}
		var seen []int
		n, err := s.Merge(ctx, other, func(done, total int) { seen = append(seen, done, total) })
		if n != 449 || err != nil || !slices.Equal(seen, []int{200, 450, 400, 450, 450, 450}) {
			t.Fatalf("%d added, %v, progress %v", n, err, seen)
		}
		if n, err := s.Merge(ctx, other, nil); n != 0 || err != nil {
			t.Errorf("again: %d added, %v", n, err)
		}
		if n, err := other.Merge(ctx, s, nil); n != 0 || err != nil {
			t.Errorf("back: %d added, %v", n, err)
		}
		for _, store := range []*Store{s, other} {
			r, ok, err := store.Find(ours.Key())
			if !ok || err != nil || !slices.Equal(r.Tags, []string{"ours", "theirs"}) {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}

func TestGC(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		ctx := t.Context()
		s := mustOpen(t, place)
		for k := range 10 {
			r := sample(k)
			if k != 1 {
				r.Tags = nil
			}
			if err := s.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		before := epoch.Add(4 * time.Minute)
		unknown := sample(11)
		unknown.Started, unknown.Tags = time.Time{}, nil
		if err := s.Add(unknown); err != nil {
			t.Fatal(err)
		}
		if n, err := s.GC(ctx, time.Unix(1, 0), false); n != 0 || err != nil {
			t.Errorf("%d removed that came now, %v", n, err)
		}
		if _, err := s.db.Exec("UPDATE runs SET added = $1 WHERE started = 0", epoch.UnixNano()); err != nil {
			t.Fatal(err)
		}
		if n, err := s.GC(ctx, before, true); n != 4 || err != nil {
			t.Errorf("%d removed, %v", n, err)
		}
		if n, err := s.GC(ctx, before, false); n != 1 || err != nil {
			t.Errorf("%d removed, %v", n, err)
		}
		if n, err := s.GC(ctx, before, false); n != 0 || err != nil {
			t.Errorf("%d removed, %v", n, err)
		}
		for table, want := range map[string]int{"runs": 6, "bodies": 6, "tags": 0} {
			var n int
			if err := s.db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); n != want || err != nil {
				t.Errorf("%s: %d rows, want %d, %v", table, n, want, err)
			}
		}
	})
}

// What changed on disk is not handed out as what was recorded.
func TestDamagedRun(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		s := mustOpen(t, place)
		ids, err := s.Put(t.Context(), sample(0), sample(1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Exec("UPDATE bodies SET document = replace(document, 'newton', 'oldton') WHERE run = $1", ids[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Exec("UPDATE bodies SET trace = $2 WHERE run = $1", ids[1], []byte("not zstd")); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if _, err := s.Get(t.Context(), id); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), id) {
				t.Errorf("%s: %v", id, err)
			}
		}
		// Others are not lost with them.
		if _, ok, err := s.Find(sample(1).Key()); ok || err != nil {
			t.Errorf("found a damaged run: %t, %v", ok, err)
		}
		again := sample(1)
		again.Started = epoch
		if err := s.Add(again); err != nil {
			t.Fatal(err)
		}
		if r, ok, err := s.Find(again.Key()); !ok || err != nil || !r.Started.Equal(epoch) {
			t.Errorf("the run before a damaged one: %v, %t, %v", r, ok, err)
		}
		var lines bytes.Buffer
		n, err := s.Export(t.Context(), Filter{}, NewJSONL(&lines), nil)
		if n != 1 || !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), ids[0]) || !strings.Contains(err.Error(), ids[1]) || strings.Count(lines.String(), "\n") != 1 {
			t.Errorf("export: %d runs, %v: %s", n, err, lines.String())
		}
		other := mustOpen(t, filepath.Join(t.TempDir(), "other.db"))
		if n, err := other.Merge(t.Context(), s, nil); n != 1 || !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), ids[0]) {
			t.Errorf("merge: %d runs, %v", n, err)
		}
	})
}

func TestMigrate(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		ctx := t.Context()
		s := mustOpen(t, place)
		ids, err := s.Put(ctx, sample(0))
		if err != nil {
			t.Fatal(err)
		}
		second := "CREATE TABLE notes (run TEXT); ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"
		broken := append(slices.Clone(migrations), "CREATE TABLE half_done (x BIGINT); CREATE TABLE runs (x BIGINT)")
		if err := s.migrate(ctx, broken); err == nil || !strings.Contains(err.Error(), "migration to schema 2") {
			t.Fatalf("a step that fails: %v", err)
		}
		if _, err := s.db.Exec("SELECT x FROM half_done"); err == nil {
			t.Error("half of a step is left")
		}
		newer := append(slices.Clone(migrations), second)
		for range 2 { // the second time there is nothing to do
			if err := s.migrate(ctx, newer); err != nil {
				t.Fatal(err)
			}
		}
		var note string
		if err := s.db.QueryRow("SELECT note FROM runs WHERE id = $1", ids[0]).Scan(&note); err != nil || note != "none" {
			t.Errorf("note %q, %v", note, err)
		}
		if r, err := s.Get(ctx, ids[0]); err != nil {
			t.Error(err)
		} else {
			same(t, &r.Record, sample(0))
		}
		if _, err := Open(ctx, place); err == nil || !strings.Contains(err.Error(), "update descent") {
			t.Errorf("a store of a newer version: %v", err)
		}
	})
}

func TestReadMigrations(t *testing.T) {
	if n := len(migrations); n != 1 {
		t.Errorf("%d migrations", n)
	}
	defer func() {
		if recover() == nil {
			t.Error("a gap in the numbers is accepted")
		}
	}()
	readMigrations(os.DirFS("testdata/gap"))
}

func TestOpenMissing(t *testing.T) {
	place := filepath.Join(t.TempDir(), "new", "folder", "runs.db")
	if _, err := Open(t.Context(), place); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), place) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Dir(place)); err == nil {
		t.Error("Open made a folder")
	}
	s := mustOpen(t, place)
	if s.Place() != place {
		t.Errorf("place %s", s.Place())
	}
	if _, err := OpenOrCreate(t.Context(), filepath.Join(place, "under-a-file")); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Error(err)
	}
	for place, want := range map[string]string{
		"": "no place", t.TempDir(): "is a directory", "mysql://u:secret@host/runs": "u:xxxxx@host/runs is a URL that names no store", "sqlite:///runs.db": "want the path",
		"postgres://host:port/db": "port",
	} {
		if _, err := OpenOrCreate(t.Context(), place); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %s", place, err, want)
		}
	}
	if _, err := os.Stat("sqlite:"); err == nil {
		t.Error("a URL became a folder")
	}
}

// Characters that mean something in a URI are only characters in a path.
func TestStrangePath(t *testing.T) {
	place := filepath.Join(t.TempDir(), "a b?c=d#e%20f", "run&s;.db")
	if err := mustOpen(t, place).Add(sample(0)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(place); err != nil {
		t.Error(err)
	}
}

// Whatever a file holds that is no store, it is refused and not a byte of it changes.
func TestRefusedFiles(t *testing.T) {
	dir := t.TempDir()
	foreign, _, err := openSQLite(filepath.Join(dir, "foreign.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := foreign.Exec("CREATE TABLE songs (name TEXT)"); err != nil {
		t.Fatal(err)
	}
	foreign.Close()
	if err := os.WriteFile(filepath.Join(dir, "text.db"), []byte(strings.Repeat("precious words\n", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(dir, "whole.db")
	s := mustOpen(t, whole)
	for k := range 50 {
		if err := s.Add(sample(k)); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cut.db"), b[:len(b)/3], 0o644); err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(b); i++ {
		b[i] ^= 0x5a
	}
	if err := os.WriteFile(filepath.Join(dir, "garbled.db"), b, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"foreign.db": "another program", "text.db": "no store of runs", "cut.db": "damaged", "garbled.db": "damaged"} {
		path := filepath.Join(dir, name)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := OpenOrCreate(t.Context(), path)
		if err == nil { // the damage is further in
			_, err = s.List(t.Context(), Filter{})
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
		if no := want != "damaged"; errors.Is(err, ErrInput) != no {
			t.Errorf("%s: bad input is %t: %v", name, !no, err)
		}
		after, err := os.ReadFile(path)
		if err != nil || !slices.Equal(before, after) {
			t.Errorf("%s changed (%v)", name, err)
		}
	}
}

func TestDefaultPlace(t *testing.T) {
	t.Setenv(Variable, "")
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	if got, err := DefaultPlace(); err != nil || got != filepath.Join(os.Getenv("XDG_DATA_HOME"), "descent", "runs.db") {
		t.Errorf("%s, %v", got, err)
	}
	t.Setenv("XDG_DATA_HOME", "relative")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("LocalAppData", filepath.Join(os.Getenv("HOME"), ".local", "share")) // where HOME is not the name of it
	if got, err := DefaultPlace(); err != nil || got != filepath.Join(os.Getenv("HOME"), ".local", "share", "descent", "runs.db") {
		t.Errorf("%s, %v", got, err)
	}
	t.Setenv(Variable, "postgres://db/runs")
	if got, err := DefaultPlace(); err != nil || got != "postgres://db/runs" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestPasswordsStaySecret(t *testing.T) {
	for _, place := range []string{"postgres://u:secret@127.0.0.1:1/db?sslpassword=secret", "postgresql://127.0.0.1:1/db?user=u&password=secret", "postgres://u:secret@[bad/db"} {
		if got := Redacted(place); strings.Contains(got, "secret") {
			t.Errorf("%s", got)
		}
		_, err := Open(t.Context(), place)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", place, err)
		}
	}
	if got := Redacted("a/b:c@d"); got != "a/b:c@d" {
		t.Errorf("%s", got)
	}
}
