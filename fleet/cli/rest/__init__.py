"""The way to the service: one client, what it repeats, what it reads of an error, and streams."""
