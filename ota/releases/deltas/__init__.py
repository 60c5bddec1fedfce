"""Deltas: what a device downloads in place of a whole file, made from what it says that it has."""
