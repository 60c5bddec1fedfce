"""Arithmetic of real numbers that integers do not have."""
