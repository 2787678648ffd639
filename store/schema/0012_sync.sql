-- min_reader 5
-- The service's list is staged under a generation far above those that imports take, so that they go on beside it.
-- A row without mechanism says that the enrollment is gone since its generation.
ALTER TABLE enrollment ADD COLUMN base INTEGER NOT NULL DEFAULT 0;  -- of a staged row: generation of what it was merged with; negative: what that is stays, but for its status
CREATE INDEX enrollment_gone ON enrollment(kind, id, generation) WHERE mechanism='';
-- Enrollments whose keys are to be asked for.
CREATE INDEX enrollment_keyless ON enrollment(kind, id, generation) WHERE origin=1 AND mechanism='symmetricKey' AND keys_etag<>etag;

-- One row: how far a sync came.
CREATE TABLE sync (
  one          INTEGER PRIMARY KEY CHECK (one = 1),
  generation   INTEGER NOT NULL,  -- of what is staged; 0: nothing is
  highest      INTEGER NOT NULL,  -- that was ever given to one
  disturbed    INTEGER NOT NULL,  -- 1: an enrollment was removed since what is staged was last looked through
  scope        TEXT    NOT NULL,
  kind         INTEGER NOT NULL,  -- of the list, as of an enrollment
  continuation TEXT    NOT NULL,
  ended        INTEGER NOT NULL,
  read         INTEGER NOT NULL,
  changed      INTEGER NOT NULL,  -- rows that are staged
  kept_out     INTEGER NOT NULL,
  nameless     INTEGER NOT NULL,
  -- the last one that was switched to
  completed_at   INTEGER,         -- ms since 1970; NULL: none was
  last_read      INTEGER NOT NULL,
  last_changed   INTEGER NOT NULL,
  last_kept_out  INTEGER NOT NULL,
  last_removed   INTEGER NOT NULL
) STRICT;
INSERT INTO sync VALUES (1, 0, 0, 0, '', 1, '', 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0);

-- What the list has of each kind, a page or more a row: what came by it and is not in here goes.
CREATE TABLE sync_seen (
  sequence   INTEGER PRIMARY KEY,
  generation INTEGER NOT NULL,  -- of the sync
  kind       INTEGER NOT NULL,
  ids        BLOB    NOT NULL   -- list of texts, store/row_codec
) STRICT;
