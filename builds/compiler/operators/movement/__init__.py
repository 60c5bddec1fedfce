"""Operators that join, part, turn or pick elements without changing them."""
