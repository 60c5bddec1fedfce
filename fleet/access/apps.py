"""The app's configuration."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Who may do what, and the log of who did."""

    name = "fleet.access"
