"""Layers of real numbers: each sum in TFLM's order, four filters at a time."""
