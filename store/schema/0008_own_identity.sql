-- min_reader 5
-- One row at most: where the service put the gateway itself, and the key its hub knows it by, sealed.
CREATE TABLE own_identity (
  one             INTEGER PRIMARY KEY CHECK (one = 1),
  registration_id TEXT    NOT NULL,
  endorsement     TEXT    NOT NULL,  -- hex SHA-256 of the endorsement key
  assigned_hub    TEXT    NOT NULL,
  device_id       TEXT    NOT NULL,
  hub_key         BLOB    NOT NULL,
  at              INTEGER NOT NULL   -- ms since 1970
) STRICT;
