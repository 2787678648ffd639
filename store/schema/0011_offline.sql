-- min_reader 5
-- How an enrollment behaves while the service is away, and who brought it.
ALTER TABLE enrollment ADD COLUMN offline_max_age INTEGER;                 -- ms of powered time; NULL: as configured
ALTER TABLE enrollment ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0;  -- 1: a new leaf may be told its only hub
ALTER TABLE enrollment ADD COLUMN only_hub TEXT NOT NULL DEFAULT '';
ALTER TABLE enrollment ADD COLUMN device_id TEXT NOT NULL DEFAULT '';
ALTER TABLE enrollment ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;       -- 0 carried in, 1 the service's list
ALTER TABLE enrollment ADD COLUMN keys_etag TEXT NOT NULL DEFAULT '';

-- 1: told here while the service was away, not confirmed by it yet.
ALTER TABLE registration ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0;
