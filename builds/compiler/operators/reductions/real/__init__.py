"""Reductions of real numbers: each in TFLM's order."""
