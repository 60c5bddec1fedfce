"""EdgeFleet: the Django project package, and the apps that are the fleet's own."""

__version__ = "0.1.0"
