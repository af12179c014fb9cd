"""What a network learns: data, recipe, loop, metrics."""
