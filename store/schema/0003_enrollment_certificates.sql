-- min_reader 1
-- What an x509 enrollment trusts: of an individual one the leaf's certificate, of a group its CA. store/row_codec.
ALTER TABLE enrollment ADD COLUMN primary_certificate BLOB;
ALTER TABLE enrollment ADD COLUMN secondary_certificate BLOB;
