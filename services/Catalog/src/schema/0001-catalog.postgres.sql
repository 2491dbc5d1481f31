-- A product as it is sorted, filtered and counted. What a page shows stands in product_page, so that this stays narrow.
CREATE TABLE product (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    content_hash TEXT NOT NULL,
    for_sale BIGINT NOT NULL,
    title_key TEXT COLLATE "C" NOT NULL,
    vendor TEXT NOT NULL,
    vendor_key TEXT NOT NULL,
    category TEXT NOT NULL,
    category_slug TEXT NOT NULL,
    price BIGINT NOT NULL,
    price_max BIGINT NOT NULL,
    has_image BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX product_facets ON product (category_slug, vendor_key, price, price_max, category, vendor) WHERE for_sale = 1;
CREATE INDEX product_by_title ON product (title_key, id) WHERE for_sale = 1;
CREATE INDEX product_by_price ON product (price, title_key, id) WHERE for_sale = 1;
CREATE INDEX product_by_age ON product (created_at, id) WHERE for_sale = 1;

-- What is shown of a product for sale, ready to send: a read is one lookup.
CREATE TABLE product_page (
    product_id BIGINT PRIMARY KEY REFERENCES product (id),
    handle TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    card TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE TABLE product_tag (
    product_id BIGINT NOT NULL REFERENCES product (id),
    tag_key TEXT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (product_id, tag_key)
);

-- A SKU belongs to one product, for sale or not.
CREATE TABLE variant (
    sku TEXT PRIMARY KEY,
    product_id BIGINT NOT NULL REFERENCES product (id)
);
CREATE INDEX variant_by_product ON variant (product_id);

-- The words of products for sale, folded and split by the service, so that both engines hold the same ones.
CREATE TABLE product_search (
    product_id BIGINT PRIMARY KEY REFERENCES product (id),
    words TSVECTOR NOT NULL
);
CREATE INDEX product_search_words ON product_search USING GIN (words);

-- Words that were ever indexed: where a query finds nothing, the nearest of these are tried.
CREATE TABLE word (
    word TEXT COLLATE "C" PRIMARY KEY,
    length BIGINT NOT NULL
);
CREATE INDEX word_by_length ON word (length, word);

CREATE TABLE image (
    name TEXT PRIMARY KEY,
    content_type TEXT NOT NULL,
    hash TEXT NOT NULL,
    content BYTEA NOT NULL
);

-- One import at a time, across replicas: a row that whoever imports holds, and renews with every batch it commits.
CREATE TABLE import_lease (
    id BIGINT PRIMARY KEY,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- Counts up with every batch that changed something: what was counted at one number holds until the next.
CREATE TABLE revision (
    id BIGINT PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO revision (id, number) VALUES (1, 0);
