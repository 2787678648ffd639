-- min_reader 14
-- Who is kept out. An older daemon would let them in: it must not open this.
CREATE TABLE deny_list (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL,  -- of the signed list that is held
  digest TEXT    NOT NULL,  -- of what was signed
  taken  INTEGER NOT NULL   -- ms since 1970
) STRICT;

CREATE TABLE denial (
  local INTEGER NOT NULL,   -- 0 by the signed list, 1 by an operator here
  kind  TEXT    NOT NULL,   -- registrationId, endorsementKey, certificate
  value TEXT    NOT NULL,
  until INTEGER,            -- ms since 1970; NULL: for good
  PRIMARY KEY (local, kind, value)
) STRICT, WITHOUT ROWID;

-- What an operator said of one leaf.
CREATE TABLE operator_word (
  id         TEXT PRIMARY KEY,
  approved   INTEGER NOT NULL,  -- else rejected
  credential TEXT NOT NULL,     -- which one alone; empty: any
  at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
