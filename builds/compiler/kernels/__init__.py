"""Operators turned into steps, one family a file: what it accepts, the constants it needs, the call it makes."""
