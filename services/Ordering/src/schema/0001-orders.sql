-- An order: what was agreed is a snapshot that never changes; beside it is how it stands. Where it is on its way is in the
-- saga "checkout" of the same id.
CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    cart_id TEXT NOT NULL,
    cart_version BIGINT NOT NULL,
    locks_cart BIGINT NOT NULL,
    snapshot TEXT NOT NULL,
    total BIGINT NOT NULL,
    placed_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    feed_version BIGINT NOT NULL,
    payment_method TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    payment_state TEXT NOT NULL,
    payment_reason TEXT,
    next_action_url TEXT,
    is_held BIGINT NOT NULL,
    ending TEXT,
    reason TEXT,
    refunded BIGINT NOT NULL,
    shipment TEXT,
    CHECK (0 <= refunded AND refunded <= total),
    CHECK (1 <= attempt AND attempt <= 3)
);

-- One cart is in one checkout at a time, and what was bought of it is not bought again.
CREATE UNIQUE INDEX orders_cart ON orders (cart_id) WHERE locks_cart = 1;
CREATE UNIQUE INDEX orders_cart_version ON orders (cart_id, cart_version) WHERE ending IS NULL;

-- Money that goes back. Where it is on its way is in the saga "refund" of the same id.
CREATE TABLE refund (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    reason TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    is_reversal BIGINT NOT NULL,
    stops_shipment BIGINT NOT NULL,
    is_last BIGINT NOT NULL
);
CREATE INDEX refund_order ON refund (order_id);

-- Its parts: the k-th refund of a line of an order. Each has a key of its own with the payment provider.
CREATE TABLE refund_part (
    order_id TEXT NOT NULL,
    line TEXT NOT NULL,
    k BIGINT NOT NULL,
    refund_id TEXT NOT NULL REFERENCES refund (id),
    sku TEXT,
    quantity BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (order_id, line, k),
    CHECK (0 <= amount AND 0 <= quantity)
);
CREATE INDEX refund_part_refund ON refund_part (refund_id);
