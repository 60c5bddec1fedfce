"""How a device joins: codes, and the exchange that gives it its name."""
