"""The app's configuration."""

from django.apps import AppConfig


class OtaConfig(AppConfig):
    """Releases and rollouts over the air."""

    name = "ota"
