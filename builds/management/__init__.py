"""Commands of the builds app."""
