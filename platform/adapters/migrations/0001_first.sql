-- The first schema, for SQLite and PostgreSQL alike: ids and JSON as TEXT, times as microseconds
-- in BIGINT, booleans as 0 or 1. Columns that are searched or counted stand alone; the rest of a
-- noun is its JSON in `body`.

CREATE TABLE users (
    id           TEXT PRIMARY KEY,
    username     TEXT NOT NULL UNIQUE,
    password     TEXT,
    disabled     BIGINT NOT NULL DEFAULT 0,
    body         TEXT NOT NULL,
    created_at   BIGINT NOT NULL
);

CREATE TABLE courses (
    id           TEXT PRIMARY KEY,
    code         TEXT NOT NULL UNIQUE,
    title        TEXT NOT NULL,
    created_at   BIGINT NOT NULL
);

CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    hash         TEXT NOT NULL UNIQUE,
    user_id      TEXT NOT NULL REFERENCES users (id),
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX tokens_user ON tokens (user_id);

CREATE TABLE idempotency (
    user_id      TEXT NOT NULL,
    key          TEXT NOT NULL,
    fingerprint  TEXT NOT NULL,
    answer       TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);

CREATE TABLE datasets (
    id           TEXT PRIMARY KEY,
    owner_id     TEXT NOT NULL,
    course_id    TEXT,
    name         TEXT NOT NULL,
    description  TEXT NOT NULL,
    version      BIGINT NOT NULL,
    deleted      BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL
);
CREATE INDEX datasets_owner ON datasets (owner_id, id);

CREATE TABLE dataset_versions (
    dataset_id   TEXT NOT NULL REFERENCES datasets (id),
    version      BIGINT NOT NULL,
    state        TEXT NOT NULL,
    artifact     TEXT NOT NULL,
    body         TEXT NOT NULL,
    profile      TEXT,
    PRIMARY KEY (dataset_id, version)
);

CREATE TABLE pipelines (
    id              TEXT PRIMARY KEY,
    owner_id        TEXT NOT NULL,
    course_id       TEXT,
    dataset_id      TEXT NOT NULL REFERENCES datasets (id),
    dataset_version BIGINT NOT NULL,
    name            TEXT NOT NULL,
    state           TEXT NOT NULL,
    spec            TEXT NOT NULL,
    error           TEXT,
    best_score      DOUBLE PRECISION,
    consumed_us     BIGINT NOT NULL DEFAULT 0,
    active_since    BIGINT,
    active_until    BIGINT,
    last_event      BIGINT NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL,
    started_at      BIGINT,
    finished_at     BIGINT
);
CREATE INDEX pipelines_owner ON pipelines (owner_id, id);
CREATE INDEX pipelines_state ON pipelines (state, id);
CREATE INDEX pipelines_dataset ON pipelines (dataset_id, id);
CREATE INDEX pipelines_course ON pipelines (course_id, id);

CREATE TABLE stages (
    pipeline_id  TEXT NOT NULL REFERENCES pipelines (id),
    name         TEXT NOT NULL,
    place        BIGINT NOT NULL,
    state        TEXT NOT NULL,
    attempt      BIGINT NOT NULL DEFAULT 0,
    queued_at    BIGINT,
    started_at   BIGINT,
    finished_at  BIGINT,
    progress     DOUBLE PRECISION NOT NULL DEFAULT 0,
    message      TEXT,
    error        TEXT,
    result       TEXT,
    PRIMARY KEY (pipeline_id, name)
);

CREATE TABLE jobs (
    id           TEXT PRIMARY KEY,
    parent_id    TEXT,
    place        BIGINT NOT NULL DEFAULT 0,
    kind         TEXT NOT NULL,
    pipeline_id  TEXT,
    owner_id     TEXT NOT NULL,
    state        TEXT NOT NULL,
    attempt      BIGINT NOT NULL DEFAULT 0,
    failures     BIGINT NOT NULL DEFAULT 0,
    crashes      BIGINT NOT NULL DEFAULT 0,
    suspect      BIGINT NOT NULL DEFAULT 0,
    alone        BIGINT NOT NULL DEFAULT 0,
    not_before   BIGINT NOT NULL,
    lease_until  BIGINT,
    renewed_at   BIGINT,
    worker       TEXT,
    wake_at      BIGINT NOT NULL DEFAULT 0,
    payload      TEXT NOT NULL,
    memo         TEXT,
    result       TEXT,
    error        TEXT,
    created_at   BIGINT NOT NULL,
    started_at   BIGINT,
    finished_at  BIGINT
);
CREATE INDEX jobs_queue ON jobs (state, kind, not_before);
CREATE INDEX jobs_owner ON jobs (state, owner_id);
CREATE INDEX jobs_parent ON jobs (parent_id, state);
CREATE INDEX jobs_pipeline ON jobs (pipeline_id, state);

CREATE TABLE trials (
    pipeline_id  TEXT NOT NULL REFERENCES pipelines (id),
    number       BIGINT NOT NULL,
    state        TEXT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (pipeline_id, number)
);

CREATE TABLE models (
    id           TEXT PRIMARY KEY,
    pipeline_id  TEXT NOT NULL REFERENCES pipelines (id),
    number       BIGINT NOT NULL,
    owner_id     TEXT NOT NULL,
    course_id    TEXT,
    body         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    UNIQUE (pipeline_id, number)
);
CREATE INDEX models_owner ON models (owner_id, id);

CREATE TABLE deployments (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    owner_id     TEXT NOT NULL,
    course_id    TEXT,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE INDEX deployments_owner ON deployments (owner_id, id);

CREATE TABLE deployment_versions (
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    version       BIGINT NOT NULL,
    model_id      TEXT NOT NULL,
    pipeline_id   TEXT NOT NULL REFERENCES pipelines (id),
    artifact      TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (deployment_id, version)
);
CREATE INDEX deployment_versions_pipeline ON deployment_versions (pipeline_id);

CREATE TABLE events (
    pipeline_id  TEXT NOT NULL REFERENCES pipelines (id),
    seq          BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (pipeline_id, seq)
);

CREATE TABLE spans (
    pipeline_id  TEXT NOT NULL REFERENCES pipelines (id),
    id           TEXT NOT NULL,
    start_at     BIGINT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (pipeline_id, id)
);

CREATE TABLE outbox (
    id           TEXT PRIMARY KEY,
    subject      TEXT NOT NULL
);

CREATE TABLE audit (
    id           TEXT PRIMARY KEY,
    at           BIGINT NOT NULL,
    actor_id     TEXT,
    action       TEXT NOT NULL,
    resource     TEXT NOT NULL
);
