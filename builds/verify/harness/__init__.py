"""Bare-metal programs, as text, that run a model inside a board emulator."""
