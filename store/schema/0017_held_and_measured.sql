-- min_reader 14
-- Whom two places proved at the same time: each is held until an operator has looked. An older daemon lets them go on.
CREATE TABLE contested_leaf (
  id    TEXT PRIMARY KEY,  -- registrationId in lower case
  place TEXT    NOT NULL,  -- the other address
  since INTEGER NOT NULL   -- ms since 1970
) STRICT, WITHOUT ROWID;

-- How long an outage lasted by the hours meter, which no clock that is set tells wrong.
ALTER TABLE outage ADD COLUMN begun_powered INTEGER;                -- ms of powered time; NULL: of before
ALTER TABLE outage ADD COLUMN powered_for   INTEGER;                -- ms; NULL: it lasts, or was not measured
ALTER TABLE outage ADD COLUMN untimed INTEGER NOT NULL DEFAULT 0;   -- one of its dates was not known then
