"""The app's configuration."""

from django.apps import AppConfig


class BuildsConfig(AppConfig):
    """Firmware builds: from a model version to signed, proved artifacts per target."""

    name = "builds"
