-- Processes that answer predictions, and until when their last sign of life holds.

CREATE TABLE replicas (
    id           TEXT PRIMARY KEY,
    address      TEXT NOT NULL,
    holds_until  BIGINT NOT NULL
);
