-- A mail about an account. Login makes its link and knows where it goes; both are asked for at the moment of sending, and
-- neither is kept here.
CREATE TABLE account_mail (
    mail_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    wanted_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    sent_at BIGINT,
    error TEXT
);
CREATE INDEX account_mail_due ON account_mail (next_attempt_at) WHERE state = 'queued';
