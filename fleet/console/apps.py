"""The app's configuration."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The admin web console."""

    name = "fleet.console"
