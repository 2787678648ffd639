-- min_reader 14
-- Whom two places proved at the same time: each is held until an operator has looked. An older daemon lets them go on.
CREATE TABLE contested_leaf (
  id    TEXT PRIMARY KEY,  -- registrationId in lower case
  place TEXT    NOT NULL,  -- the other address
  since INTEGER NOT NULL   -- ms since 1970
) STRICT, WITHOUT ROWID;
