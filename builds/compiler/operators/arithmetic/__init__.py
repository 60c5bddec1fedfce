"""Operators of two operands, element by element: arithmetic, comparisons, choices."""
