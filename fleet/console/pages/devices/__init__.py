"""Devices: the list, one of them, how they join, their groups, keys and tokens."""
