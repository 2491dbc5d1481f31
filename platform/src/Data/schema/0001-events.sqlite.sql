-- The outbox is the log: a row is an event, in the transaction that caused it. There is one writer, so the
-- position can be given at once.
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    version BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL,
    trace_parent TEXT,
    data TEXT NOT NULL,
    UNIQUE (subject, version)
);

-- How far this service has read each producer's feed. It moves in the transaction of the event's effect.
CREATE TABLE feed_cursor (
    producer TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    holder TEXT NOT NULL,
    leased_until BIGINT NOT NULL
);

-- Events that could not be applied, and those of the same aggregate behind them.
CREATE TABLE waiting_event (
    producer TEXT NOT NULL,
    position BIGINT NOT NULL,
    subject TEXT NOT NULL,
    event TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (producer, position)
);
