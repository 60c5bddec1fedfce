"""What Django and HTTP need beside REST: caches, ranges, read-only rows, addresses."""
