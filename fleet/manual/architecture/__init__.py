"""The page and the picture of the rooms, from the contracts, the docstrings and the imports."""
