-- An account that reads what `ratchet import --nanomdm` needs, and no column with a secret. The database is named nanomdm here.
-- mysql < grants-mysql.sql; afterwards: DROP USER ratchet_import;
CREATE USER ratchet_import IDENTIFIED BY 'change me';
GRANT SELECT (id, device_id, type, enabled, last_seen_at) ON nanomdm.enrollments TO ratchet_import;
GRANT SELECT (id, serial_number, authenticate, authenticate_at, bootstrap_token_at) ON nanomdm.devices TO ratchet_import;
