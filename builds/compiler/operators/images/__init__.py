"""Operators that change the size of an image or the order of its pixels."""
