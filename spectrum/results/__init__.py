"""What a study writes and a report reads: schema, tables, files, checks."""
