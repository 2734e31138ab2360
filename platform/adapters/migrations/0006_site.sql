-- Which site this is, in one row: its artifacts hold the same id.

CREATE TABLE site (
    one     BIGINT PRIMARY KEY,
    id      TEXT NOT NULL,
    marked  BIGINT NOT NULL
);
