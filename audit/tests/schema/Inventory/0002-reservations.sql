-- Pieces promised to an order, under the order's id; a row for good, so that a name is never used twice. The version
-- counts its moves: whoever writes does so onto the version that was read.
CREATE TABLE reservation (
    order_id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('Held', 'Pinned', 'Committed', 'Released', 'Expired')),
    expires_at BIGINT,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CHECK ((state = 'Held') = (expires_at IS NOT NULL))
);
CREATE INDEX reservation_expiry ON reservation (expires_at) WHERE expires_at IS NOT NULL;

-- What was promised. Once written it stays as it is.
CREATE TABLE reservation_line (
    order_id TEXT NOT NULL REFERENCES reservation (order_id),
    sku TEXT NOT NULL REFERENCES stock (sku),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, sku)
);

-- What came back of an order, once for each key.
CREATE TABLE restock (
    key TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES reservation (order_id),
    done_at BIGINT NOT NULL
);
CREATE INDEX restock_order ON restock (order_id);

CREATE TABLE restock_line (
    key TEXT NOT NULL REFERENCES restock (key),
    sku TEXT NOT NULL REFERENCES stock (sku),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (key, sku)
);
