"""Readers of the files that people push: linear in their size, and bounded."""
