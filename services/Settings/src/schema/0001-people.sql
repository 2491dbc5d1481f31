-- Somebody who has signed in and changed something. The version counts the changes of everything below.
CREATE TABLE person (
    subject TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    display_name TEXT,
    locale TEXT NOT NULL,
    currency TEXT NOT NULL,
    order_updates BIGINT NOT NULL,
    cart_reminders BIGINT NOT NULL,
    newsletter BIGINT NOT NULL
);

-- Where parcels may go, in the order in which they were added. One of them is the default.
CREATE TABLE address (
    subject TEXT NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
    id TEXT NOT NULL,
    position BIGINT NOT NULL,
    is_default BIGINT NOT NULL,
    name TEXT NOT NULL,
    line1 TEXT NOT NULL,
    line2 TEXT,
    city TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    region TEXT,
    country TEXT NOT NULL,
    phone TEXT,
    PRIMARY KEY (subject, id)
);
CREATE UNIQUE INDEX address_default ON address (subject) WHERE is_default = 1;

-- Every yes and every no, with the version of the text that was agreed to. Rows are added and never changed: the person's
-- version that added one orders them, and the last of a purpose is what holds.
CREATE TABLE consent (
    subject TEXT NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    text_version TEXT NOT NULL,
    given BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (subject, version)
);
