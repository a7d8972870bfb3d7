"""Registry import: a table is read, each row turned into a draft by a mapping, and the drafts written in batches."""
