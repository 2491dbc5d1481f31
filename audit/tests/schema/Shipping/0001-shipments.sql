-- What goes to whom for one order. A cancelled row without an option is a tombstone: the shipment was called off before
-- it was asked for, and will not be made.
CREATE TABLE shipment (
    order_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    option_id TEXT,
    country TEXT,
    grams BIGINT,
    address TEXT,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE shipment_line (
    order_id TEXT NOT NULL REFERENCES shipment (order_id),
    sku TEXT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, sku)
);

-- The key is the promise: no parcel of an order is sent twice.
CREATE TABLE parcel (
    order_id TEXT NOT NULL REFERENCES shipment (order_id),
    no BIGINT NOT NULL,
    tracking TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, no)
);
CREATE INDEX parcel_on_its_way ON parcel (changed_at) WHERE state IN ('requested', 'handed_over', 'in_transit');

-- What happened to a parcel, in order: seq counts from 1.
CREATE TABLE parcel_event (
    order_id TEXT NOT NULL,
    no BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    state TEXT NOT NULL,
    note TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (order_id, no, seq),
    FOREIGN KEY (order_id, no) REFERENCES parcel (order_id, no)
);
