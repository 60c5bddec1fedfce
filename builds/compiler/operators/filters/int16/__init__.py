"""Layers with 16-bit activations and 8-bit weights."""
