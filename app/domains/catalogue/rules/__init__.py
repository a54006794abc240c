"""Pure decisions of the catalogue: addresses, checks, and how files of others are read."""
