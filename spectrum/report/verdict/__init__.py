"""Words: what the findings of a study allow one to say, and no more than that."""
