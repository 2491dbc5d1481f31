-- Money that a bank has promised. Amounts are minor units.
CREATE TABLE authorization_ (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    captured BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    decline_code TEXT,
    return_url TEXT,
    brand TEXT NOT NULL,
    last4 TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK (0 <= refunded AND refunded <= captured AND captured <= amount)
);
CREATE INDEX authorization_reference ON authorization_ (reference);

-- Every movement of money, once for each key. The seq is given when the ledger is read, to rows that are committed: a
-- number taken inside the transaction would become visible out of order.
CREATE TABLE ledger (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq BIGINT UNIQUE,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    authorization_id TEXT NOT NULL REFERENCES authorization_ (id),
    reference TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX ledger_unnumbered ON ledger (number) WHERE seq IS NULL;

-- The first answer under each key: the request that got it, and the answer as it was given.
CREATE TABLE answered (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Keys whose first try was left hanging, as the card wanted it.
CREATE TABLE left_hanging (
    key TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);

-- Cards that customers entered at the page: nothing that one could pay with elsewhere.
CREATE TABLE payment_method (
    id TEXT PRIMARY KEY,
    brand TEXT NOT NULL,
    last4 TEXT NOT NULL,
    behaviour TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- What the shop is to be told. state: due, delivered, lost (the switch), given_up. copies: how often it is still to be sent.
CREATE TABLE webhook (
    id TEXT PRIMARY KEY,
    authorization_id TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    copies BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_due ON webhook (next_attempt_at) WHERE state = 'due';

CREATE TABLE switches (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    settings TEXT NOT NULL
);
