"""Pages: everything a study has to say in one file, for a browser."""
