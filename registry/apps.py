"""The app's configuration."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Models, versions, datasets and blobs."""

    name = "registry"
