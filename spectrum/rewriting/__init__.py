"""A user's own model on the spectrum: its convolutions rewritten at matched cost, its segments merged and cut."""
