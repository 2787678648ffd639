-- min_reader 5
-- Of a leaf with a TPM: its authenticationKey, sealed, and the storage root key it is for.
ALTER TABLE registration ADD COLUMN tpm_key BLOB;
ALTER TABLE registration ADD COLUMN tpm_storage TEXT;
-- Of a tpm enrollment: base64 of its TPM2B_PUBLIC; empty: none.
ALTER TABLE enrollment ADD COLUMN endorsement_key TEXT NOT NULL DEFAULT '';
CREATE INDEX enrollment_endorsement ON enrollment(endorsement_key) WHERE endorsement_key<>'';
