-- How much somebody or a course may use, and what is used.

CREATE TABLE quotas (
    holder       TEXT PRIMARY KEY,
    body         TEXT NOT NULL
);

-- Microseconds that workers worked, by hour since 1970.
CREATE TABLE work (
    holder       TEXT NOT NULL,
    hour         BIGINT NOT NULL,
    us           BIGINT NOT NULL,
    PRIMARY KEY (holder, hour)
);
CREATE INDEX work_hour ON work (hour);

-- What was stored before counts nothing.
ALTER TABLE dataset_versions ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE models ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
