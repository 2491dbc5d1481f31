-- How much of each SKU there is. The database itself keeps a promise from exceeding what is there.
CREATE TABLE stock (
    sku TEXT PRIMARY KEY,
    on_hand BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CHECK (0 <= reserved AND reserved <= on_hand)
);

-- Every change of what is on hand: a row for each version, in the transaction of the change.
CREATE TABLE stock_audit (
    sku TEXT NOT NULL REFERENCES stock (sku),
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    on_hand_before BIGINT NOT NULL,
    on_hand_after BIGINT NOT NULL,
    reason TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (sku, version)
);

-- The first answer to each key of each caller, in the transaction of what was done: stock, or the refusal.
CREATE TABLE idempotency (
    caller TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    on_hand BIGINT,
    reserved BIGINT,
    version BIGINT,
    status BIGINT,
    code TEXT,
    detail TEXT,
    PRIMARY KEY (caller, idempotency_key)
);
