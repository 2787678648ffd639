-- min_reader 5
-- What was decided and changed something that is stored: entries of a Merkle tree a batch, signed by the TPM.
CREATE TABLE receipt (
  sequence     INTEGER PRIMARY KEY,  -- counts up without gaps
  registration TEXT    NOT NULL,     -- registrationId in lower case
  entry        TEXT    NOT NULL,     -- the octets that are hashed
  checkpoint   INTEGER,              -- NULL: not in one yet
  path         BLOB                  -- audit path to its root, 32 octets a step; NULL until then
) STRICT;

CREATE TABLE checkpoint (
  sequence  INTEGER PRIMARY KEY,  -- counts up without gaps
  first     INTEGER NOT NULL,     -- of its receipts
  count     INTEGER NOT NULL,
  root      BLOB    NOT NULL,
  previous  BLOB    NOT NULL,     -- hash of the checkpoint before
  epoch     INTEGER NOT NULL,     -- of the counter: expected while pending, then what was signed
  signer    BLOB,                 -- TPM2B_PUBLIC of the attestation key; NULL: not signed (yet)
  attest    BLOB,                 -- TPMS_ATTEST
  signature BLOB                  -- TPMT_SIGNATURE
) STRICT;
CREATE INDEX checkpoint_unsigned ON checkpoint (sequence) WHERE attest IS NULL;
CREATE INDEX checkpoint_signed ON checkpoint (sequence) WHERE attest IS NOT NULL;

-- The entry that earned its assignment.
ALTER TABLE registration ADD COLUMN receipt INTEGER NOT NULL DEFAULT 0;
