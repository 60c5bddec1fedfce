"""Operators turned into steps, one family a file.

What it accepts, the constants it needs, the call it makes.
"""
