package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresDialect is a PostgreSQL database: the tables are in a schema of their own, descent, or in
// the one that search_path in the URL names.
type postgresDialect struct{ schema string }

func openPostgres(url string) (*sql.DB, dialect, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, nil, refuse("%v", err) // pgx leaves the password out
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 15 * time.Second
	}
	schema := config.RuntimeParams["search_path"]
	if schema == "" {
		schema = "descent"
	}
	if strings.ContainsAny(schema, ",$") {
		return nil, nil, refuse("search_path %q: want one schema, which will hold the tables", schema)
	}
	schema = strings.Trim(schema, `"`)
	config.RuntimeParams["search_path"] = pgx.Identifier{schema}.Sanitize()
	return stdlib.OpenDB(*config), postgresDialect{schema}, nil
}

func (d postgresDialect) prepare(ctx context.Context, db *sql.DB) error { return db.PingContext(ctx) }

func (d postgresDialect) versioned(ctx context.Context, db *sql.DB) (found bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = $2)`, d.schema, versionTable).Scan(&found)
	return found, err
}

// lock also makes the schema: PostgreSQL fails if two do that at once.
func (d postgresDialect) lock(ctx context.Context, tx *sql.Tx) error {
	const lockNumber = 0x64657363 // any number that others will not use
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", lockNumber); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{d.schema}.Sanitize())
	return err
}

func (postgresDialect) matches(column, parameter string) string {
	return column + " LIKE " + parameter
}

func (postgresDialect) pattern(p string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`, "*", "%").Replace(p)
}

func (postgresDialect) explain(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "42501" {
		return fmt.Errorf("%w; want a user who may use the schema, and make it at the first time", err)
	}
	return err
}

func (postgresDialect) compact(context.Context, *sql.DB) error { return nil } // autovacuum does it
