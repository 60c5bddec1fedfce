"""Commands of the ota app."""
