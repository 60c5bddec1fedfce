"""Layers of real numbers that remember."""
