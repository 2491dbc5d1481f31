-- The cart's version at which a line was last changed: what was ordered from an older version is not all of it.
ALTER TABLE line ADD COLUMN changed_version BIGINT NOT NULL DEFAULT 0;
UPDATE line SET changed_version = added_version;

-- What a piece weighs; 0 where Catalog does not say.
ALTER TABLE variant ADD COLUMN grams BIGINT NOT NULL DEFAULT 0;

-- Orders whose lines were taken out of their cart, once each, with what was taken and what was left: [{sku,quantity,left}].
CREATE TABLE checkout (
    order_id TEXT PRIMARY KEY,
    cart_id TEXT NOT NULL,
    cart_version BIGINT NOT NULL,
    removed TEXT NOT NULL,
    done_at BIGINT NOT NULL
);
