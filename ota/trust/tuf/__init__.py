"""The Update Framework's documents: roles, metadata, what was published."""
