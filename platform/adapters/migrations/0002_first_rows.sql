-- The first rows of a version, kept when its file was read: a look at them reads no file.
ALTER TABLE dataset_versions ADD COLUMN first_rows TEXT;
