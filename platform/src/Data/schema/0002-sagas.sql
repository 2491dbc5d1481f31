-- A saga is a row: the state it is in names the step to run next. Whoever runs it holds the lease; the fence grows with
-- each, so that a run that was overtaken cannot write.
CREATE TABLE saga (
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    seq BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    entered_at BIGINT NOT NULL,
    next_attempt_at BIGINT,
    woken BIGINT NOT NULL DEFAULT 0,
    holder TEXT NOT NULL,
    leased_until BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    PRIMARY KEY (name, id)
);
CREATE INDEX saga_due ON saga (name, next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- Every move it made, in the transaction of the move.
CREATE TABLE saga_move (
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    state TEXT NOT NULL,
    moved_at BIGINT NOT NULL,
    note TEXT,
    PRIMARY KEY (name, id, seq)
);

-- The first answer to each key of each caller. A row without an answer: the request is under way, or was when its
-- service ended.
CREATE TABLE answered_request (
    caller TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request TEXT NOT NULL,
    location TEXT,
    begun_at BIGINT NOT NULL,
    status BIGINT,
    content_type TEXT,
    body TEXT,
    PRIMARY KEY (caller, idempotency_key)
);
CREATE INDEX answered_request_age ON answered_request (begun_at);
