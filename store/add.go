package store

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/godescent/descent/study"
)

// Add records a finished cell. When it returns without an error the run is on disk.
func (s *Store) Add(r *study.Record) error {
	_, err := s.Put(context.Background(), r)
	return err
}

// Put records finished cells, all of them or, with an error, none, and returns their IDs. A record
// that is there already is not added again; its tags are. One transaction for many is faster by far
// than one for each.
func (s *Store) Put(ctx context.Context, records ...*study.Record) ([]string, error) {
	ids, _, err := s.put(ctx, records)
	return ids, err
}

// put also returns how many records were not there.
func (s *Store) put(ctx context.Context, records []*study.Record) (ids []string, added int, err error) {
	bodies := make([]body, len(records))
	for i, r := range records {
		if bodies[i], err = encode(r); err != nil {
			return nil, 0, s.wrap(err)
		}
		ids = append(ids, bodies[i].id)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		added = 0
		in, err := prepareInsert(ctx, tx)
		if err != nil {
			return err
		}
		defer in.close()
		now := time.Now().UnixNano()
		for i, r := range records {
			n, err := in.add(ctx, bodies[i], r, now+int64(i))
			if err != nil {
				return err
			}
			added += n
		}
		return nil
	})
	if err != nil {
		added = 0
	}
	return ids, added, err
}

// ID returns the ID that a record has in every store: it depends on all of the record but its tags.
func ID(r *study.Record) (string, error) {
	b, err := encode(r)
	return b.id, err
}

// An insert has the prepared statements of Put.
type insert struct{ run, body, tag *sql.Stmt }

func prepareInsert(ctx context.Context, tx *sql.Tx) (in insert, err error) {
	for _, p := range []struct {
		stmt *(*sql.Stmt)
		sql  string
	}{
		{&in.run, `INSERT INTO runs (id, key, verb, problem, data, method, seed, version, started, status, stopped_by, value, kind, certificate, tolerance, seconds, iterations, points, added)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT DO NOTHING`},
		{&in.body, `INSERT INTO bodies (run, document, trace) VALUES ($1, $2, $3)`},
		{&in.tag, `INSERT INTO tags (name, run) VALUES ($1, $2) ON CONFLICT DO NOTHING`},
	} {
		if *p.stmt, err = tx.PrepareContext(ctx, p.sql); err != nil {
			in.close()
			return insert{}, err
		}
	}
	return in, nil
}

func (in insert) close() {
	for _, s := range []*sql.Stmt{in.run, in.body, in.tag} {
		if s != nil {
			s.Close()
		}
	}
}

// add returns 1 if the record was not there, else 0.
func (in insert) add(ctx context.Context, b body, r *study.Record, now int64) (int, error) {
	c := r.Certificate
	result, err := in.run.ExecContext(ctx, b.id, r.Key(), text(r.Verb), text(r.Problem), text(r.Data), text(r.Method), int64(r.Seed), text(r.Version),
		nanoseconds(r.Started), text(string(statusOf(r))), text(r.Limit), orNull(r.Value), text(c.Kind), orNull(c.Value), orNull(c.Tolerance), orNull(r.Seconds), r.Iterations, len(r.Trace), now)
	if err != nil {
		return 0, err
	}
	added, err := result.RowsAffected()
	if err != nil {
		return 0, err
	}
	if added > 0 {
		if _, err := in.body.ExecContext(ctx, b.id, string(b.document), compress(b.trace)); err != nil {
			return 0, err
		}
	}
	for _, tag := range r.Tags {
		if _, err := in.tag.ExecContext(ctx, tag, b.id); err != nil {
			return 0, err
		}
	}
	return int(added), nil
}

// orNull is v for a column: SQLite takes NaN for NULL, and PostgreSQL sorts it as the largest number.
func orNull(v float64) sql.NullFloat64 { return sql.NullFloat64{Float64: v, Valid: !math.IsNaN(v)} }

func fromNull(v sql.NullFloat64) float64 {
	if !v.Valid {
		return math.NaN()
	}
	return v.Float64
}
