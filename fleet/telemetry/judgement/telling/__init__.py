"""From statistics and absence to what is told, at the level that explains it. Pure."""
