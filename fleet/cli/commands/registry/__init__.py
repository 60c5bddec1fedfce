"""Models, their versions, aliases and datasets."""
