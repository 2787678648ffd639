-- min_reader 5
-- Times in which the service was away; the last 16.
CREATE TABLE outage (
  id            INTEGER PRIMARY KEY,
  begun         INTEGER NOT NULL,  -- ms since 1970
  ended         INTEGER,           -- NULL: it lasts
  reason        TEXT    NOT NULL,
  -- what was promised in it
  made_queued         INTEGER NOT NULL DEFAULT 0,
  made_provisional    INTEGER NOT NULL DEFAULT 0,
  made_needs_the_leaf INTEGER NOT NULL DEFAULT 0,
  -- and what came of that
  confirmed     INTEGER NOT NULL DEFAULT 0,
  rehomed       INTEGER NOT NULL DEFAULT 0,
  refused       INTEGER NOT NULL DEFAULT 0,
  conflict      INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What was promised to a leaf while the service was away; at most one of each (gateway/model/reconciliation.hpp).
CREATE TABLE promise (
  key            TEXT PRIMARY KEY,  -- registrationId in lower case
  id             TEXT    NOT NULL,  -- as received
  made           TEXT    NOT NULL,
  state          TEXT    NOT NULL,
  hub            TEXT    NOT NULL,
  device         TEXT    NOT NULL,
  settled_hub    TEXT    NOT NULL,
  settled_device TEXT    NOT NULL,
  reason         TEXT    NOT NULL,
  made_at        INTEGER NOT NULL,  -- ms since 1970
  settled_at     INTEGER NOT NULL,  -- 0: it is open
  outage         INTEGER NOT NULL,  -- 0: none was known yet
  told           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX promise_open ON promise(state) WHERE settled_at=0;

-- Who has the place of another leaf: most are called at their hub as they are here, and are found by that.
CREATE INDEX registration_place ON registration(assigned_hub, device_id) WHERE device_id<>key;
