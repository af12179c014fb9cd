"""The named networks by family, each one a spec in a few lines, with the published counts."""
