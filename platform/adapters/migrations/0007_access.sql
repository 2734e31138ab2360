-- Who belongs where, who lets whom at what, what tokens are for, and what was done or refused.

ALTER TABLE users ADD COLUMN subject TEXT;
ALTER TABLE users ADD COLUMN sought TEXT;
CREATE UNIQUE INDEX users_subject ON users (subject);

CREATE TABLE course_members (
    course_id    TEXT NOT NULL REFERENCES courses (id),
    user_id      TEXT NOT NULL REFERENCES users (id),
    role         TEXT NOT NULL,
    PRIMARY KEY (course_id, user_id)
);
CREATE INDEX course_members_user ON course_members (user_id, course_id);

CREATE TABLE shares (
    noun         TEXT NOT NULL,
    thing_id     TEXT NOT NULL,
    grantee      TEXT NOT NULL,
    level        TEXT NOT NULL,
    by_id        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (noun, thing_id, grantee)
);
CREATE INDEX shares_grantee ON shares (grantee, noun, thing_id);

-- Tokens of before could do everything; sessions of before end at their end only.
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'read write predict admin';
ALTER TABLE tokens ADD COLUMN deployment TEXT;
ALTER TABLE tokens ADD COLUMN address TEXT;
ALTER TABLE tokens ADD COLUMN agent TEXT;
ALTER TABLE tokens ADD COLUMN idle_us BIGINT;

ALTER TABLE audit ADD COLUMN actor_name TEXT;
ALTER TABLE audit ADD COLUMN outcome TEXT NOT NULL DEFAULT 'done';
ALTER TABLE audit ADD COLUMN address TEXT;
ALTER TABLE audit ADD COLUMN details TEXT;
CREATE INDEX audit_actor ON audit (actor_name, id);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_resource ON audit (resource, id);

-- Lists of what belongs to a course.
CREATE INDEX datasets_course ON datasets (course_id, id);
CREATE INDEX models_course ON models (course_id, id);
CREATE INDEX deployments_course ON deployments (course_id, id);

-- Who is to become an administrator once another one approves.
CREATE TABLE role_requests (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id),
    body         TEXT NOT NULL,
    expires_at   BIGINT NOT NULL
);
