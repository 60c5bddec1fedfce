"""RAUC's own polling: one address at which a RAUC service asks, and where it streams a bundle."""
