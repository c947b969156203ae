package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/study"
)

// Failed is the status in lists of a run that has an Error.
const Failed descent.Status = "error"

func statusOf(r *study.Record) descent.Status {
	if r.Error != "" {
		return Failed
	}
	return r.Status
}

// A Filter chooses runs: those for which all of its fields that are not zero hold.
type Filter struct {
	Key     string
	Verb    string
	Problem string // * stands for any text, as in "logistic*"
	Data    string // * stands for any text
	Method  string
	Status  descent.Status // or Failed
	Tag     string
	Since   time.Time // started then or later
	Before  time.Time // started before
	Limit   int       // most runs, the newest; 0: no limit
}

// where returns the condition of a filter and its parameters.
func (f Filter) where(d dialect) (string, []any) {
	var all []string
	var args []any
	add := func(condition string, arg any) {
		args = append(args, arg)
		all = append(all, fmt.Sprintf(condition, fmt.Sprintf("$%d", len(args))))
	}
	for _, c := range []struct{ column, value string }{{"key", f.Key}, {"verb", f.Verb}, {"method", f.Method}, {"status", string(f.Status)}} {
		if c.value != "" {
			add(c.column+" = %s", text(c.value))
		}
	}
	for _, c := range []struct{ column, value string }{{"problem", f.Problem}, {"data", f.Data}} {
		switch {
		case strings.Contains(c.value, "*"):
			add(d.matches(c.column, "%s"), d.pattern(text(c.value)))
		case c.value != "":
			add(c.column+" = %s", text(c.value))
		}
	}
	if f.Tag != "" {
		add("id IN (SELECT run FROM tags WHERE name = %s)", text(f.Tag))
	}
	if !f.Since.IsZero() {
		add("started >= %s", nanoseconds(f.Since))
	}
	if !f.Before.IsZero() {
		add("started < %s", nanoseconds(f.Before))
	}
	if len(all) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(all, " AND "), args
}

// A Summary is a run as lists show it.
type Summary struct {
	ID, Key                     string
	Verb, Problem, Data, Method string
	Seed                        uint64
	Version                     string // of the code
	Started                     time.Time
	Status                      descent.Status // or Failed
	Limit                       string
	Value                       float64
	Certificate                 descent.Certificate
	Seconds                     float64
	Iterations                  int
	Points                      int // of the trace
	Tags                        []string
}

const listed = `SELECT id, key, verb, problem, data, method, seed, version, started, status, stopped_by, value, kind, certificate, tolerance, seconds, iterations, points,
	(SELECT string_agg(name, ' ' ORDER BY name) FROM tags WHERE run = id) FROM runs`

// List returns the runs that a filter chooses, the newest first. It reads no bodies: its cost is in
// the number of runs that it returns, and for conditions without an index in the number of all.
func (s *Store) List(ctx context.Context, f Filter) ([]Summary, error) {
	where, args := f.where(s.dialect)
	query := listed + where + " ORDER BY started DESC, id"
	if f.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var out []Summary
	for rows.Next() {
		r, err := scanSummary(rows)
		if err != nil {
			return nil, s.wrap(err)
		}
		out = append(out, r)
	}
	return out, s.wrap(rows.Err())
}

func scanSummary(rows *sql.Rows) (r Summary, err error) {
	var seed, started int64
	var value, certificate, tolerance, seconds sql.NullFloat64
	var tags sql.NullString
	err = rows.Scan(&r.ID, &r.Key, &r.Verb, &r.Problem, &r.Data, &r.Method, &seed, &r.Version, &started, &r.Status, &r.Limit,
		&value, &r.Certificate.Kind, &certificate, &tolerance, &seconds, &r.Iterations, &r.Points, &tags)
	r.Seed, r.Started, r.Value, r.Seconds = uint64(seed), timeOf(started), fromNull(value), fromNull(seconds)
	r.Certificate.Value, r.Certificate.Tolerance = fromNull(certificate), fromNull(tolerance)
	r.Tags = strings.Fields(tags.String)
	return r, err
}

// Count returns how many runs a filter chooses, whatever its Limit.
func (s *Store) Count(ctx context.Context, f Filter) (n int, err error) {
	where, args := f.where(s.dialect)
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM runs"+where, args...).Scan(&n)
	return n, s.wrap(err)
}

// leastPrefix is how many digits name a run at least.
const leastPrefix = 4

// Resolve returns the ID that begins with prefix, of at least 4 hex digits, or, of @1, @2 ..., that of
// the newest run, the one before it, and so on.
func (s *Store) Resolve(ctx context.Context, prefix string) (string, error) {
	if age, ok := strings.CutPrefix(prefix, "@"); ok {
		return s.recent(ctx, age)
	}
	p := strings.ToLower(prefix)
	if len(p) < leastPrefix || len(p) > 32 || strings.Trim(p, "0123456789abcdef") != "" {
		return "", refuse("run %q: want the beginning of its ID, at least %d hex digits, or @1 for the newest run, @2 ...; `descent runs list` shows them", prefix, leastPrefix)
	}
	ids, err := s.column(ctx, "SELECT id FROM runs WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 3", p, p+"g")
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", refuse("no run %s in %s; `descent runs list` shows what there is", prefix, s.place)
	case len(ids) > 1:
		return "", refuse("run %s: %s and others begin so: want more digits", prefix, strings.Join(ids[:2], ", "))
	}
	return ids[0], nil
}

// recent returns the ID of the run that is the n-th newest.
func (s *Store) recent(ctx context.Context, n string) (id string, err error) {
	k, err := strconv.Atoi(n)
	if err != nil || k < 1 {
		return "", refuse("run @%s: want @1 for the newest, @2 for the one before it, ...", n)
	}
	err = s.db.QueryRowContext(ctx, "SELECT id FROM runs ORDER BY started DESC, id LIMIT 1 OFFSET $1", k-1).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = refuse("run @%d: there are fewer in %s", k, s.place)
	}
	return id, s.wrap(err)
}

// Get returns the run with an ID, with its trace.
func (s *Store) Get(ctx context.Context, id string) (*Run, error) {
	b := body{id: id}
	var doc string
	var packed []byte
	err := s.db.QueryRowContext(ctx, "SELECT document, trace FROM bodies WHERE run = $1", id).Scan(&doc, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		err = refuse("no run %s in %s", id, s.place)
	}
	if err != nil {
		return nil, s.wrap(err)
	}
	b.document = []byte(doc)
	if b.trace, err = decompress(packed); err != nil {
		return nil, s.wrap(&damage{id, fmt.Sprintf("its trace cannot be unpacked (%v)", err)})
	}
	r, err := b.decode()
	if err != nil {
		return nil, s.wrap(err)
	}
	r.Tags, err = s.tags(ctx, id)
	return r, err
}

// Find returns the newest run of a cell that was not cancelled, a failed one too; of runs that
// started at the same time, the one that was added last. A damaged run counts as not there. With Add it
// makes a Store the memory of studies, which run no cell twice.
func (s *Store) Find(key string) (*study.Record, bool, error) {
	ctx := context.Background()
	ids, err := s.column(ctx, "SELECT id FROM runs WHERE key = $1 AND status <> $2 ORDER BY started DESC, added DESC, id", key, string(descent.Cancelled))
	if err != nil {
		return nil, false, err
	}
	for _, id := range ids {
		r, err := s.Get(ctx, id)
		if errors.Is(err, ErrDamaged) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		return &r.Record, true, nil
	}
	return nil, false, nil
}

// column returns the texts that a query of one column gives.
func (s *Store) column(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, s.wrap(err)
		}
		out = append(out, text)
	}
	return out, s.wrap(rows.Err())
}
