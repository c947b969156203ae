package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"
)

// versionTable has a row for each migration that was done.
const versionTable = "descent_schema"

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the steps from an empty database to the newest schema; the version of a schema is
// the number of its steps. A step that was released is never changed: a new one follows it.
var migrations = readMigrations(migrationFiles)

// readMigrations reads migrations/0001-name.sql, 0002-name.sql ... in order.
func readMigrations(files fs.FS) []string {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		panic(err)
	}
	var steps []string
	for i, name := range names {
		if want := fmt.Sprintf("migrations/%04d-", i+1); name[:min(len(want), len(name))] != want {
			panic(fmt.Sprintf("store: migration %s: want the number %04d", name, i+1))
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err)
		}
		steps = append(steps, string(b))
	}
	return steps
}

// migrate brings the schema up to date, in one transaction: it is done as a whole or not at all.
func (s *Store) migrate(ctx context.Context, steps []string) error {
	if err := s.dialect.prepare(ctx, s.db); err != nil {
		return err
	}
	old, err := s.dialect.versioned(ctx, s.db)
	if err != nil {
		return err
	}
	if old { // most often there is nothing to do, and no lock is needed to see it
		version, err := s.version(ctx, s.db, len(steps))
		if err != nil || version == len(steps) {
			return err
		}
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := s.dialect.lock(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+versionTable+" (version BIGINT PRIMARY KEY, applied TEXT NOT NULL)"); err != nil {
		return err
	}
	version, err := s.version(ctx, tx, len(steps)) // another process may have been faster
	if err != nil {
		return err
	}
	for ; version < len(steps); version++ {
		if _, err := tx.ExecContext(ctx, steps[version]); err != nil {
			return fmt.Errorf("migration to schema %d: %w", version+1, err)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+versionTable+" VALUES ($1, $2)", version+1, time.Now().UTC().Format(time.RFC3339)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// version returns the version of the schema, and refuses one that is newer than this program.
func (s *Store) version(ctx context.Context, q queryer, newest int) (version int, err error) {
	err = q.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM "+versionTable).Scan(&version)
	if err == nil && version > newest {
		err = refuse("%s has schema %d, of a newer version of descent; this one knows up to %d: update descent, or give another place", s.place, version, newest)
	}
	return version, err
}

// A queryer is a database or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
