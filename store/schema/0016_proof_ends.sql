-- min_reader 14
-- When what a leaf with a certificate showed last ends by its dates, ms since 1970; NULL: no certificate, or not
-- known. Of its own path, and of the CA that is enrolled for it. An older daemon leaves them as they are: the
-- leaf's next answer corrects them.
ALTER TABLE registration ADD COLUMN own_ends INTEGER;
ALTER TABLE registration ADD COLUMN authority_ends INTEGER;
