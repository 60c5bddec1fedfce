"""Documents that devices trust: the keys that sign them, and what they say."""
