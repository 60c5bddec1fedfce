"""Documents that devices trust: who signs them, and what they say."""
