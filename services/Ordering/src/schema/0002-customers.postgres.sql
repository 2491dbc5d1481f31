-- Whose order it is: the subject of the token that it was placed with; a guest's has none, and is anybody's who has its id.
ALTER TABLE orders ADD COLUMN customer TEXT;
CREATE INDEX orders_customer ON orders (customer, placed_at, id) WHERE customer IS NOT NULL;

-- For staff: the newest first, and by the address in small letters.
ALTER TABLE orders ADD COLUMN email TEXT;
UPDATE orders SET email = lower(snapshot::json ->> 'email');
CREATE INDEX orders_email ON orders (email, placed_at);
CREATE INDEX orders_placed ON orders (placed_at, id);

-- What staff did with an order's money or stock, in the transaction that did it.
CREATE TABLE staff_action (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    what TEXT NOT NULL,
    done_by TEXT NOT NULL,
    was TEXT NOT NULL,
    became TEXT NOT NULL,
    reason TEXT,
    done_at BIGINT NOT NULL
);
CREATE INDEX staff_action_order ON staff_action (order_id, done_at);
