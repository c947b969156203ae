package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/godescent/descent/study"
)

// tags returns the tags of a run in order.
func (s *Store) tags(ctx context.Context, id string) ([]string, error) {
	return s.column(ctx, "SELECT name FROM tags WHERE run = $1 ORDER BY name", id)
}

// Tag adds tags to a run. One that it has already is no error.
func (s *Store) Tag(ctx context.Context, id string, names ...string) error {
	for _, name := range names {
		if err := checkTag(name); err != nil {
			return s.wrap(err)
		}
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM runs WHERE id = $1", id).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return refuse("no run %s in %s", id, s.place)
		}
		for _, name := range names {
			if _, err := tx.ExecContext(ctx, "INSERT INTO tags (name, run) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Untag removes tags from a run and returns how many it had of them.
func (s *Store) Untag(ctx context.Context, id string, names ...string) (removed int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		removed = 0
		for _, name := range names {
			n, err := execute(ctx, tx, "DELETE FROM tags WHERE name = $1 AND run = $2", text(name), id)
			if err != nil {
				return err
			}
			removed += n
		}
		return nil
	})
	return removed, err
}

// execute runs a statement and returns how many rows it changed.
func execute(ctx context.Context, tx *sql.Tx, query string, args ...any) (int, error) {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// mergeBatch is how many runs Merge copies in one transaction.
const mergeBatch = 200

// Merge copies the runs of another store that are not in this one, and the tags of all, and returns
// how many runs it added. Equal runs are one, whatever store they come from. With an error, what was
// copied so far stays, and a second Merge goes on from there. Damaged runs of the other store are left
// out: the error at the end, which wraps [ErrDamaged], names them. progress, if not nil, sees how many of
// the other's runs are done.
func (s *Store) Merge(ctx context.Context, other *Store, progress func(done, total int)) (added int, err error) {
	all, err := other.List(ctx, Filter{})
	if err != nil {
		return 0, err
	}
	have, err := s.ids(ctx)
	if err != nil {
		return 0, err
	}
	var lost damaged
	for done := 0; done < len(all); {
		batch := all[done:min(len(all), done+mergeBatch)]
		var fresh []*study.Record
		for _, r := range batch {
			if have[r.ID] {
				if len(r.Tags) > 0 {
					if err := s.Tag(ctx, r.ID, r.Tags...); err != nil {
						return added, err
					}
				}
				continue
			}
			run, err := other.Get(ctx, r.ID)
			if lost.has(r.ID, err) {
				continue
			}
			if err != nil {
				return added, err
			}
			fresh = append(fresh, &run.Record)
		}
		_, n, err := s.put(ctx, fresh)
		if added += n; err != nil {
			return added, err
		}
		if done += len(batch); progress != nil {
			progress(done, len(all))
		}
	}
	return added, other.wrap(lost.err())
}

// ids returns the set of all IDs.
func (s *Store) ids(ctx context.Context) (map[string]bool, error) {
	all, err := s.column(ctx, "SELECT id FROM runs")
	out := map[string]bool{}
	for _, id := range all {
		out[id] = true
	}
	return out, err
}

// GC removes the runs that started before a time, or came to the store before it if their start is not known, but for tagged ones if these are to be kept, gives
// the space back to the system, and returns how many there were.
func (s *Store) GC(ctx context.Context, before time.Time, keepTagged bool) (removed int, err error) {
	condition := "started < $1 AND (started <> 0 OR added < $1)"
	if keepTagged {
		condition += " AND id NOT IN (SELECT run FROM tags)"
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"bodies", "tags"} {
			if _, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE run IN (SELECT id FROM runs WHERE %s)", table, condition), nanoseconds(before)); err != nil {
				return err
			}
		}
		var err error
		removed, err = execute(ctx, tx, "DELETE FROM runs WHERE "+condition, nanoseconds(before))
		return err
	})
	if err != nil || removed == 0 {
		return 0, err
	}
	return removed, s.wrap(s.dialect.compact(ctx, s.db))
}
