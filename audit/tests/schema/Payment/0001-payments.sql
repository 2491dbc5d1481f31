-- How each order's payment stands. Whatever the code does, no more is captured than was agreed and no more given back
-- than was captured.
CREATE TABLE payment (
    order_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    provider TEXT NOT NULL,
    provider_id TEXT,
    captured BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    is_wanted BIGINT NOT NULL,
    reason TEXT,
    next_action_url TEXT,
    version BIGINT NOT NULL,
    feed_version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CHECK (0 <= refunded AND refunded <= captured AND captured <= amount)
);

-- Each card that was tried for an order: what a repeat of the question is compared with, and sent again from.
CREATE TABLE authorization_attempt (
    order_id TEXT NOT NULL REFERENCES payment (order_id),
    attempt BIGINT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    return_url TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (order_id, attempt)
);

-- Everything that was ever asked of the provider, committed before it was asked, under the key it was asked with.
CREATE TABLE operation (
    key TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES payment (order_id),
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    provider_id TEXT,
    reason TEXT,
    asked_at BIGINT NOT NULL,
    settled_at BIGINT,
    asks BIGINT NOT NULL,
    next_ask_at BIGINT,
    is_matched BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX operation_of_order ON operation (order_id);
CREATE INDEX operation_due ON operation (next_ask_at) WHERE next_ask_at IS NOT NULL;
CREATE INDEX operation_unmatched ON operation (settled_at) WHERE is_matched = 0 AND state = 'done';
CREATE UNIQUE INDEX operation_one_capture ON operation (order_id) WHERE kind = 'capture' AND state = 'done';

-- What the provider told by itself. (provider, event id) is unique: told twice is told once.
CREATE TABLE webhook (
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    reference TEXT,
    provider_id TEXT,
    order_id TEXT,
    state TEXT NOT NULL,
    flag TEXT,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    provider_state TEXT NOT NULL,
    captured BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX webhook_due ON webhook (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- The provider's own ledger, copied in its order: the other side of every comparison.
CREATE TABLE provider_entry (
    key TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    reference TEXT,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    booked_at BIGINT NOT NULL,
    is_matched BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX provider_entry_unmatched ON provider_entry (booked_at) WHERE is_matched = 0;

-- How far that ledger has been copied.
CREATE TABLE provider_cursor (
    provider TEXT PRIMARY KEY,
    position TEXT NOT NULL
);

-- What must not be, once each: a person has to look.
CREATE TABLE alarm (
    key TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    PRIMARY KEY (key, code)
);
