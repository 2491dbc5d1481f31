-- Double entry: the amounts of one transaction key add up to 0. Rows are only ever added.
CREATE TABLE ledger_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_key TEXT NOT NULL,
    account TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    order_id TEXT NOT NULL,
    booked_at BIGINT NOT NULL,
    UNIQUE (transaction_key, account)
);
CREATE INDEX ledger_entry_of_order ON ledger_entry (order_id);
CREATE TRIGGER ledger_entry_is_never_changed BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: book a new transaction.'); END;
CREATE TRIGGER ledger_entry_is_never_removed BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: book a new transaction.'); END;
