"""Firmware builds: from a model version to signed, proved artifacts per target."""
