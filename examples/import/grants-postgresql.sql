-- An account that reads what `ratchet import --nanomdm` needs, and no column with a secret.
-- psql -d nanomdm -f grants-postgresql.sql; revoke it afterwards: DROP OWNED BY ratchet_import; DROP ROLE ratchet_import;
CREATE ROLE ratchet_import LOGIN PASSWORD 'change me';
GRANT SELECT (id, device_id, type, enabled, last_seen_at) ON enrollments TO ratchet_import;
GRANT SELECT (id, serial_number, authenticate, authenticate_at, bootstrap_token_at) ON devices TO ratchet_import;
