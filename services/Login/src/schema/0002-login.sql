-- A sign-in: of a browser at Login itself (kind 'browser', found by the hash of what its cookie holds), or of a client that
-- was handed tokens for it (kind 'client'; its id is the sid of those tokens, its parent the browser's).
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    key_hash TEXT UNIQUE,
    subject TEXT NOT NULL,
    client_id TEXT,
    parent TEXT,
    agent TEXT NOT NULL,
    methods TEXT NOT NULL,
    signed_in_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_subject ON session (subject);
CREATE INDEX session_parent ON session (parent);
CREATE INDEX session_expiry ON session (expires_at);

-- What changes for those who check tokens, counted: its one row is locked until the commit, so positions are seen in order.
CREATE TABLE trust (
    id BIGINT PRIMARY KEY,
    position BIGINT NOT NULL
);
INSERT INTO trust (id, position) VALUES (1, 0);

-- Tokens of the sid, or of the subject, issued at `before` or earlier are dead; after `until` they have all expired by themselves.
CREATE TABLE revocation (
    position BIGINT NOT NULL,
    sid TEXT,
    subject TEXT,
    issued_before BIGINT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX revocation_position ON revocation (position);

-- Keys that sign tokens (ES256) and the one that encrypts codes; the private part is encrypted by Data Protection.
CREATE TABLE signing_key (
    id TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    private_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    needed_until BIGINT NOT NULL
);

-- A mail that Notifications is to send. Neither its link nor, but for a new address, its recipient is kept here: both are
-- made at the moment it asks.
CREATE TABLE account_mail (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    new_address TEXT,
    stamp TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX account_mail_subject ON account_mail (subject);

-- How often something was tried in a window of time. Keys are hashes: of an account's address, a browser, a network address.
CREATE TABLE attempt (
    key TEXT PRIMARY KEY,
    count BIGINT NOT NULL,
    until BIGINT NOT NULL
);

-- A partner's key is a signed token; here is what it may do, never the key.
CREATE TABLE partner_key (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
