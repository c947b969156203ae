// Package store keeps the records of runs: in an SQLite file, which needs no server, or in
// PostgreSQL for a team. Both speak the same schema and pass the same tests.
//
// A run is never changed once it is there; tags are beside it. Its ID is a hash of its content, so
// that adding a record twice, or merging two stores, makes no duplicate, and a damaged run is found
// out when it is read. What Add has returned from survives the end of the process at any moment.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sync"
	"time"
)

// A Store is an open store of runs. Its methods may be called from several goroutines, and several
// processes may have the same store open.
type Store struct {
	db      *sql.DB
	place   string // for messages: without a password
	dialect dialect
	writing sync.Mutex // SQLite has one writer: those of this process wait in line, not in the file
}

// A dialect is what SQLite and PostgreSQL do in different ways.
type dialect interface {
	// prepare makes the database ready for the schema: it refuses one of another program.
	prepare(ctx context.Context, db *sql.DB) error
	// versioned reports whether the table of migrations is there.
	versioned(ctx context.Context, db *sql.DB) (bool, error)
	// lock makes other migrations wait until the transaction ends.
	lock(ctx context.Context, tx *sql.Tx) error
	// matches is a condition: column matches the pattern of the parameter, where * stands for any text.
	matches(column, parameter string) string
	// pattern is the parameter for a pattern.
	pattern(p string) string
	// explain adds to an error of the database what it means.
	explain(err error) error
	// compact gives space of removed runs back to the system.
	compact(ctx context.Context, db *sql.DB) error
}

// Open opens the store at a place: the path of an SQLite file, or the URL of a PostgreSQL database,
// postgres://user:password@host/database. A file that does not exist is an error that wraps
// fs.ErrNotExist. A store of an older version is brought up to date; one of a newer version, a
// damaged file and a file of another program are refused, and left as they are.
func Open(ctx context.Context, place string) (*Store, error) {
	return open(ctx, place, false)
}

// OpenOrCreate opens the store at a place, and makes it, and the folder that it is in, where it does
// not exist.
func OpenOrCreate(ctx context.Context, place string) (*Store, error) {
	return open(ctx, place, true)
}

func open(ctx context.Context, place string, create bool) (*Store, error) {
	s := &Store{place: Redacted(place)}
	if place == "" {
		return nil, s.wrap(refuse("no place: want the path of a file or postgres://user@host/database"))
	}
	if otherURL(place) {
		return nil, s.wrap(refuse("%s is a URL that names no store: want the path of a file or postgres://user@host/database", s.place))
	}
	var err error
	if isPostgres(place) {
		s.db, s.dialect, err = openPostgres(place)
	} else {
		s.db, s.dialect, err = openSQLite(place, create)
	}
	if err == nil {
		err = s.migrate(ctx, migrations)
	}
	if err != nil {
		s.Close()
		return nil, s.wrap(err)
	}
	return s, nil
}

// Place returns where the store is, without a password.
func (s *Store) Place() string { return s.place }

// Close ends the use of the store.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// wrap says where an error happened and what it means.
func (s *Store) wrap(err error) error {
	var mine *refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mine):
		return fmt.Errorf("store: %w", err)
	case errors.Is(err, fs.ErrNotExist), s.dialect == nil:
		return fmt.Errorf("store: %s: %w", s.place, err)
	}
	return fmt.Errorf("store: %s: %w", s.place, s.dialect.explain(err))
}

// ErrInput is what errors wrap that are the caller's: a run that is not there, a file that is no
// store, a tag of two words. Others come from the database or the disk.
var ErrInput = errors.New("bad input")

// A refusal is an error of the caller, which says all that there is to say.
type refusal struct{ text string }

func (r *refusal) Error() string        { return r.text }
func (r *refusal) Is(target error) bool { return target == ErrInput }

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

// write runs f in a transaction, which is on disk when write returns without an error.
func (s *Store) write(ctx context.Context, f func(tx *sql.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.wrap(err)
	}
	defer tx.Rollback() // nothing after a commit
	if err := f(tx); err != nil {
		return s.wrap(err)
	}
	return s.wrap(tx.Commit())
}

// nanoseconds is a time in the database; the zero time is 0, and times that 64 bits do not reach,
// before 1678 or after 2261, are the nearest ones that they do.
func nanoseconds(t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case t.Year() < 1678:
		return math.MinInt64
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
