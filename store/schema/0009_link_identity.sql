-- min_reader 5
-- One row at most: the key by which the gateway proves itself to leaves without IP, sealed.
CREATE TABLE link_identity (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  key BLOB    NOT NULL
) STRICT;
