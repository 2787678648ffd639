-- min_reader 1
-- Every change an operator asked for. Append-only but for `outcome`; the oldest rows go when there are too
-- many, so the lowest sequence tells how many went.
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,  -- counts up from 1 without gaps
  at       INTEGER NOT NULL,     -- ms since 1970
  clock    TEXT    NOT NULL,     -- what that time was worth
  uid      INTEGER NOT NULL,
  pid      INTEGER NOT NULL,
  user     TEXT    NOT NULL,
  because  TEXT    NOT NULL,
  what     TEXT    NOT NULL,
  object   TEXT    NOT NULL,
  outcome  TEXT    NOT NULL
) STRICT;
