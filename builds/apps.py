"""The app's configuration."""

from django.apps import AppConfig


class BuildsConfig(AppConfig):
    """Firmware builds: from a model version to signed, proved artifacts per target."""

    name = "builds"

    def ready(self) -> None:
        """Listen for new versions."""
        from builds.signals import probe_added_version  # noqa: PLC0415 - needs the app registry
        from registry.signals import version_added  # noqa: PLC0415

        version_added.connect(probe_added_version, dispatch_uid="builds.probe")
