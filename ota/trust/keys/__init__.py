"""The key book and the keys that are active now."""
