-- A product as its file or its editor described it, so that it can be edited: NULL until it is next written.
ALTER TABLE product ADD COLUMN source TEXT;
