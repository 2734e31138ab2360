-- What the identity provider is asked about whoever holds a token, and where its groups lead.

ALTER TABLE tokens ADD COLUMN checked_at BIGINT;
ALTER TABLE tokens ADD COLUMN sid TEXT;
ALTER TABLE tokens ADD COLUMN sealed TEXT;
CREATE INDEX tokens_checked ON tokens (checked_at, id);
CREATE INDEX tokens_sid ON tokens (sid);

ALTER TABLE course_members ADD COLUMN by_provider BIGINT NOT NULL DEFAULT 0;
