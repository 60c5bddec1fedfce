"""Bare-metal programs, as text, that show a model on an emulated board."""
