"""Targets: the CPU profiles that artifacts are built for, as data files."""
