"""Operators that compute each element by itself, or reduce over axes."""
