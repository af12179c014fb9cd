"""A network or a module as a diagram."""
