"""REST of alert rules, incidents in hand, and notifications."""
