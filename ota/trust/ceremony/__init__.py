"""Acts with keys that people do at a terminal, and how things stand."""
