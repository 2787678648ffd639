-- min_reader 1
-- What leaves of an enrollment are told as gatewayHostName; empty: nothing.
ALTER TABLE enrollment ADD COLUMN gateway_host_name TEXT NOT NULL DEFAULT '';
