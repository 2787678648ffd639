-- min_reader 5
-- Whether a program on the box may speak for leaves of an enrollment at their hub.
ALTER TABLE enrollment ADD COLUMN bridge INTEGER NOT NULL DEFAULT 0;
