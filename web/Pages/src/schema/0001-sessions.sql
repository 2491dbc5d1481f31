-- One row a signed-in browser. The key is kept as its hash and the ticket encrypted: who reads this table is nobody's user.
CREATE TABLE session (
    key_hash TEXT PRIMARY KEY,
    ticket TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    renewing_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX session_expires_at ON session (expires_at);
