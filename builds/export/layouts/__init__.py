"""The layouts, one TOML file each: which files an ecosystem wants, and what they say."""
