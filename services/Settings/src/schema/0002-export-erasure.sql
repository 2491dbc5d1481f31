-- All that the store holds on a person, asked of every service. Where it is on its way is in the saga "export" of the same id.
CREATE TABLE export (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    done_at BIGINT,
    expires_at BIGINT
);
CREATE INDEX export_subject ON export (subject);
CREATE INDEX export_expiry ON export (expires_at) WHERE expires_at IS NOT NULL;
-- One at a time is under way for a person.
CREATE UNIQUE INDEX export_under_way ON export (subject) WHERE done_at IS NULL;

-- What each service answered: a JSON object.
CREATE TABLE export_part (
    export_id TEXT NOT NULL REFERENCES export (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (export_id, service)
);

-- Somebody wants to be forgotten. Where it is on its way is in the saga "erasure" of the same id. The subject goes when it
-- has ended, and so do the ids of its orders, a JSON array; its hash stays, so that nothing is kept of the person anew, and tells nothing without the subject.
CREATE TABLE erasure (
    id TEXT PRIMARY KEY,
    subject TEXT,
    subject_hash TEXT NOT NULL,
    orders TEXT,
    requested_at BIGINT NOT NULL,
    ended_at BIGINT,
    ending TEXT,
    reason TEXT,
    CHECK ((ending IS NULL) = (subject IS NOT NULL)),
    CHECK (ending IS NULL OR orders IS NULL)
);
-- A refused one may be asked for again; any other is the only one.
CREATE UNIQUE INDEX erasure_subject ON erasure (subject_hash) WHERE ending IS NULL OR ending = 'erased';

-- What each service erased and kept, as [{what,count}] and [{what,why,count}]; swept: asked once more, when no token was good
-- any longer.
CREATE TABLE erasure_answer (
    erasure_id TEXT NOT NULL REFERENCES erasure (id),
    service TEXT NOT NULL,
    seq BIGINT NOT NULL,
    erased TEXT NOT NULL,
    kept TEXT NOT NULL,
    swept_at BIGINT,
    PRIMARY KEY (erasure_id, service)
);
