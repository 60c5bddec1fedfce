"""What each REST request meets: authentication, permissions, limits, idempotency, the log."""
