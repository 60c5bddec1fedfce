"""Pages of alert rules and of notifications."""
