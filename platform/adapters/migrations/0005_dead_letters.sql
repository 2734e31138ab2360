-- What a message says beyond its subject: of a job that was given up, why.
ALTER TABLE outbox ADD COLUMN body TEXT;
