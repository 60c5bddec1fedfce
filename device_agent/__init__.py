"""The EdgeFleet device agent: runs a compiled model and keeps it up to date, safely."""

__version__ = "0.1.0"
