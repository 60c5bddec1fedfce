"""What the users of devices say to updates."""
