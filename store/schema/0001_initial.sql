-- min_reader 1
-- Few b-trees: each one that a commit touches costs a page in the log. Tables with rows above 1 KB keep their
-- rowid: without one, such rows overflow into pages of their own.

-- One row: which schema this is, and the oldest daemon that may open it.
CREATE TABLE schema_version (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  version    INTEGER NOT NULL,
  min_reader INTEGER NOT NULL
) STRICT;
INSERT INTO schema_version VALUES (1, 0, 0);

-- One row: what the gateway knows of itself.
CREATE TABLE site (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  powered     INTEGER NOT NULL,  -- hours meter, ms
  latest_wall INTEGER NOT NULL,  -- highest trusted wall time seen, ms since 1970
  generation  INTEGER NOT NULL,  -- enrollments above it are still being imported and not seen
  sweep       INTEGER NOT NULL,  -- 1: there may be enrollments that nobody can see any more
  secret      BLOB    NOT NULL   -- 32 octets, for what only this store can have said
) STRICT;

-- Of each (kind, id) the row with the highest generation not above site.generation is the one that counts.
CREATE TABLE enrollment (
  kind          INTEGER NOT NULL,  -- 0 individual, 1 group
  id            TEXT    NOT NULL,
  generation    INTEGER NOT NULL,
  mechanism     TEXT    NOT NULL,
  enabled       INTEGER NOT NULL,
  etag          TEXT    NOT NULL,
  primary_key   BLOB,              -- as Trust sealed it
  secondary_key BLOB,
  match         BLOB    NOT NULL,  -- list of texts, store/row_codec
  record        TEXT    NOT NULL,  -- DPS JSON without keys
  UNIQUE (kind, id, generation)
) STRICT;

CREATE TABLE registration (
  key             TEXT NOT NULL UNIQUE,  -- registrationId in lower case
  id              TEXT NOT NULL,         -- as received
  queued          INTEGER,               -- sequence of its outbox row
  -- the assignment; assigned_hub is NULL when there is none
  assigned_hub    TEXT,
  device_id       TEXT,
  state           TEXT,
  etag            TEXT,
  credential      TEXT,
  request_digest  TEXT,
  enrollment_id   TEXT,
  enrollment_etag TEXT,
  confirmed_at    INTEGER,               -- powered time, ms
  confirmed_wall  INTEGER,
  -- the outcome of its newest operation; operation_id is NULL when there is none
  operation_id    TEXT,
  status          TEXT,
  outcome_state   TEXT,                  -- NULL: the same text as `state`
  error_code      INTEGER,
  message         TEXT,
  reason          TEXT,
  outcome_at      INTEGER,
  notes           BLOB NOT NULL          -- last attempts, store/row_codec
) STRICT;

-- What the service still has to hear; at most one row for each registration, which points here.
CREATE TABLE outbox (
  sequence           INTEGER PRIMARY KEY,  -- order of arrival
  id                 TEXT    NOT NULL,
  operation_id       TEXT    NOT NULL,
  forward_class      TEXT    NOT NULL,
  first_registration INTEGER NOT NULL,
  request_digest     TEXT    NOT NULL,
  credential         TEXT    NOT NULL,
  enrollment_id      TEXT    NOT NULL,
  enrollment_etag    TEXT    NOT NULL,
  reason             TEXT    NOT NULL,
  queued_at          INTEGER NOT NULL,
  tries              INTEGER NOT NULL,
  payload            TEXT    NOT NULL,
  csr                TEXT    NOT NULL
) STRICT;
