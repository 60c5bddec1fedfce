"""The app's configuration."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Models, versions, datasets and blobs."""

    name = "registry"

    def ready(self) -> None:
        """Register the check of the jail."""
        from registry import checks  # noqa: F401, PLC0415 - must wait for the app registry
