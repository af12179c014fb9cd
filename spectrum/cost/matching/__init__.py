"""Matching: widths, inner widths or depth of a network for a budget."""
