"""Operators that change the type or the scale of elements."""
