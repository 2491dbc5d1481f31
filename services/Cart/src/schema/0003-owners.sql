-- Whoever has signed in has one cart, by the subject of the token; a guest's has none.
ALTER TABLE cart ADD COLUMN owner TEXT;
CREATE UNIQUE INDEX cart_owner ON cart (owner) WHERE owner IS NOT NULL;

-- Guests' carts that were merged into that of a subject: a claim that is repeated finds it done.
CREATE TABLE claim (
    cart_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    claimed_at BIGINT NOT NULL
);
CREATE INDEX claim_age ON claim (claimed_at);
CREATE INDEX claim_owner ON claim (owner);
