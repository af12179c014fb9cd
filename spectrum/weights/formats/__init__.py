"""How other libraries name the layers of a network: a rule for each, from names to places."""
