-- min_reader 14
-- The leaves that the site shall have: the commissioning list as it was imported.
CREATE TABLE expected_leaf (
  key   TEXT PRIMARY KEY,  -- registrationId in lower case
  id    TEXT NOT NULL,
  label TEXT NOT NULL,
  place TEXT NOT NULL,
  line  TEXT NOT NULL,
  note  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
