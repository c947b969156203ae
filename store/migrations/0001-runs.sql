-- The SQL of both databases: SQLite takes these PostgreSQL types for its own.
-- runs is narrow, for lists; what is only opened run by run is in bodies.

CREATE TABLE runs (
	id          TEXT PRIMARY KEY,          -- SHA-256 of the body, 32 hex digits
	key         TEXT NOT NULL,             -- of the cell: equal cells have equal keys
	verb        TEXT NOT NULL,
	problem     TEXT NOT NULL,
	data        TEXT NOT NULL,
	method      TEXT NOT NULL,
	seed        BIGINT NOT NULL,           -- the 64 bits, read as a signed number
	version     TEXT NOT NULL,             -- of the code
	started     BIGINT NOT NULL,           -- Unix time in nanoseconds; 0: not known
	status      TEXT NOT NULL,             -- as in descent.Status, or error
	stopped_by  TEXT NOT NULL,             -- the limit, if status is limit
	value       DOUBLE PRECISION,          -- NULL: not a number
	kind        TEXT NOT NULL,             -- of the certificate
	certificate DOUBLE PRECISION,          -- NULL: not a number
	tolerance   DOUBLE PRECISION,          -- NULL: not a number
	seconds     DOUBLE PRECISION,          -- NULL: not a number
	iterations  BIGINT NOT NULL,
	points      BIGINT NOT NULL,           -- of the trace
	added       BIGINT NOT NULL            -- to this store: Unix time in nanoseconds
);
-- Filters without an index of their own walk through this one, by time, and need not read the runs.
CREATE INDEX runs_started ON runs (started, status, method, verb, problem, data);
CREATE INDEX runs_key     ON runs (key, started);
CREATE INDEX runs_problem ON runs (problem, started);
CREATE INDEX runs_method  ON runs (method, started);

CREATE TABLE bodies (
	run      TEXT PRIMARY KEY,
	document TEXT NOT NULL,                -- JSON: the record without its trace
	trace    BYTEA NOT NULL                -- see docs/store.md
);

CREATE TABLE tags (
	name TEXT NOT NULL,
	run  TEXT NOT NULL,
	PRIMARY KEY (name, run)
);
CREATE INDEX tags_run ON tags (run);
