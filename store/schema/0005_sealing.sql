-- min_reader 5
-- The keys that secrets are sealed under; `id` stands in front of what each has sealed. The newest seals; older
-- ones stand only while what they sealed is sealed anew.
CREATE TABLE sealing_key (
  id       INTEGER PRIMARY KEY,  -- counts up, never given again
  kind     INTEGER NOT NULL,     -- 1: in a file beside the database; 2: `sealed` by the TPM
  sealed   BLOB,                 -- of kind 2: the TPM's object, store/tpm_codec
  proof    BLOB NOT NULL,        -- by which the key is known again
  recovery BLOB                  -- the key wrapped to the operator's offline recovery key; NULL: no copy was asked for
) STRICT;

-- One row: what is to be done yet, at the next start if not before. A database that was there before has its
-- secrets in clear.
CREATE TABLE sealing_work (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  last_key INTEGER NOT NULL,  -- highest id that was given to a sealing key
  reseal   INTEGER NOT NULL,  -- 1: there may be secrets that are not sealed under the newest key
  clear    INTEGER NOT NULL,  -- 1: some of them may be in clear
  scrub    INTEGER NOT NULL,  -- 1: free pages and copies of the database may still have what was sealed anew
  retired  BLOB,              -- proofs of keys that were replaced, 16 octets each: a key file that holds one may go
  -- An operator's restore: sequence of the newest signed checkpoint then (0: none), and a MAC under the sealing key.
  -- Until one is signed that is newer, the TPM's counter is taken as it is.
  restored     INTEGER,
  restored_mac BLOB
) STRICT;
INSERT INTO sealing_work SELECT 1, 0, count(*) > 0, count(*) > 0, count(*) > 0, NULL, NULL, NULL FROM site;

-- One row at most: how the TPM of this folder is known again (ports/tpm.hpp), and the value that opens its counter,
-- sealed.
CREATE TABLE tpm_anchor (
  one          INTEGER PRIMARY KEY CHECK (one = 1),
  anchor       BLOB NOT NULL,     -- store/tpm_codec; empty while set-up has not ended
  counter_auth BLOB NOT NULL
) STRICT;

-- What group keys in the TPM have derived, so that a leaf costs the TPM one command in its life. Sealed.
CREATE TABLE derived_key (
  enrollment TEXT NOT NULL,  -- "group ID"
  id         TEXT NOT NULL,  -- the registrationId as it was derived for: case matters
  group_key  BLOB NOT NULL,  -- SHA-256 of the sealed group key it came from
  sealed     BLOB NOT NULL,
  PRIMARY KEY (enrollment, id, group_key)
) STRICT, WITHOUT ROWID;
