"""Given weights: reading them, laying their names beside a network's, loading what fits."""
