package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteDialect is an SQLite file. Writers of several processes wait for each other up to a minute.
type sqliteDialect struct{ path string }

// busyMilliseconds is how long a writer waits for others.
const busyMilliseconds = 60000

func openSQLite(path string, create bool) (*sql.DB, dialect, error) {
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if !create {
			return nil, nil, fs.ErrNotExist
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, nil, err
		}
	} else if err != nil {
		return nil, nil, err
	} else if info.IsDir() {
		return nil, nil, refuse("%s is a directory: want the path of a file", path)
	}
	dsn, err := sqliteDSN(path, create)
	if err != nil {
		return nil, nil, err
	}
	db, err := sql.Open("sqlite", dsn)
	return db, sqliteDialect{path}, err
}

// sqliteDSN is the URI of a file. Transactions take the lock for writing when they begin, so that
// none fails half-way because another process writes. synchronous=FULL: a commit is on disk.
func sqliteDSN(path string, create bool) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	abs = filepath.ToSlash(abs)
	if !strings.HasPrefix(abs, "/") { // C:/...
		abs = "/" + abs
	}
	q := url.Values{
		"mode":    {map[bool]string{true: "rwc", false: "rw"}[create]},
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyMilliseconds), "synchronous(FULL)"},
		"_txlock": {"immediate"},
	}
	return (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String(), nil
}

// prepare looks before it writes: turning on the write-ahead log changes the file.
func (d sqliteDialect) prepare(ctx context.Context, db *sql.DB) error {
	var tables, ours int
	err := db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(name = '`+versionTable+`'), 0) FROM sqlite_master`).Scan(&tables, &ours)
	switch {
	case err != nil:
		return err
	case ours > 0:
		return nil
	case tables > 0:
		return refuse("%s is an SQLite file of another program: nothing was changed in it; want another place", d.path)
	}
	return retryBusy(ctx, func() error {
		var mode string
		err := db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
		if err == nil && mode != "wal" {
			err = fmt.Errorf("journal mode %s: want a file system with shared memory, not a network share", mode)
		}
		return err
	})
}

// retryBusy tries again while another process holds the file, in cases where SQLite does not wait.
func retryBusy(ctx context.Context, f func() error) error {
	for deadline := time.Now().Add(busyMilliseconds * time.Millisecond); ; {
		err := f()
		if sqliteCode(err) != sqlite3.SQLITE_BUSY || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// sqliteCode returns the primary code of an error of SQLite, 0 of another.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func (sqliteDialect) versioned(ctx context.Context, db *sql.DB) (bool, error) {
	var n int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '`+versionTable+`'`).Scan(&n)
	return n > 0, err
}

func (sqliteDialect) lock(context.Context, *sql.Tx) error { return nil } // each transaction has it

func (sqliteDialect) matches(column, parameter string) string { return column + " GLOB " + parameter }

func (sqliteDialect) pattern(p string) string {
	return strings.NewReplacer("[", "[[]", "?", "[?]").Replace(p)
}

func (d sqliteDialect) explain(err error) error {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_NOTADB:
		return refuse("the file is no store of runs, or its beginning is damaged (%v); it was left as it is", err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the file is damaged (%w); it was left as it is: restore a copy, or save what can be read with SQLite's .recover", err)
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("the file cannot be opened (%w); want a file and a folder that may be read and written", err)
	case sqlite3.SQLITE_READONLY:
		return fmt.Errorf("the file or its folder may not be written to (%w), and reading needs that too: want a copy where you may write", err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("no space is left (%w); no run that was there is lost", err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("another process has held the file for %d s (%w)", busyMilliseconds/1000, err)
	}
	return err
}

func (sqliteDialect) compact(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}
