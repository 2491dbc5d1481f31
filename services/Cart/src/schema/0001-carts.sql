-- A cart is known by its id alone: whoever has it may change it. The version counts the changes of its lines.
CREATE TABLE cart (
    id TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX cart_expiry ON cart (expires_at);

-- The cart's version at which a line was added orders the lines: every change has a version of its own.
CREATE TABLE line (
    cart_id TEXT NOT NULL REFERENCES cart (id) ON DELETE CASCADE,
    sku TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    added_price BIGINT NOT NULL,
    added_version BIGINT NOT NULL,
    PRIMARY KEY (cart_id, sku)
);

-- Cart's own copy of what Catalog sells, from its feed. A withdrawn variant stays: lines point at it.
CREATE TABLE variant (
    sku TEXT PRIMARY KEY,
    product TEXT NOT NULL,
    position BIGINT NOT NULL,
    title TEXT NOT NULL,
    variant_title TEXT NOT NULL,
    image_src TEXT,
    image_alt TEXT,
    price BIGINT NOT NULL,
    available BIGINT NOT NULL
);
CREATE INDEX variant_product ON variant (product);

-- The last version of each product that was copied: an older event changes nothing.
CREATE TABLE product (
    handle TEXT PRIMARY KEY,
    version BIGINT NOT NULL
);
