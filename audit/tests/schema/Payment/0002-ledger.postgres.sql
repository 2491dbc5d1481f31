-- Double entry: the amounts of one transaction key add up to 0. Rows are only ever added.
CREATE TABLE ledger_entry (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction_key TEXT NOT NULL,
    account TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    order_id TEXT NOT NULL,
    booked_at BIGINT NOT NULL,
    UNIQUE (transaction_key, account)
);
CREATE INDEX ledger_entry_of_order ON ledger_entry (order_id);
CREATE FUNCTION refuse_change_of_ledger() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'The ledger is append-only: book a new transaction.'; END $$;
CREATE TRIGGER ledger_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger();
