"""The book of keys, which are active, and their public halves."""
