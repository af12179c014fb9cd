"""Images and labels: known sets by name, a user's own by path. `describe` needs no torch; `load` does."""
