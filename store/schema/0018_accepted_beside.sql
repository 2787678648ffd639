-- min_reader 14
-- A credential that stays approved beside one that was rejected. An older daemon holds it again.
ALTER TABLE operator_word ADD COLUMN accepted TEXT NOT NULL DEFAULT '';  -- of a rejection alone; empty: none
