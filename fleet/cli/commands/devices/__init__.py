"""Devices, their keys and tokens, and groups of them."""
