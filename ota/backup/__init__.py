"""Backups: what they hold, how they are made whole or not at all, and how one is restored."""
