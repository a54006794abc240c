"""How texts are made alike, cut into words, and turned into what the database compares."""
