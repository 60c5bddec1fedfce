"""The app's configuration."""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """Metrics in, drift out."""

    name = "fleet.telemetry"

    def ready(self) -> None:
        """Listen for news of builds and of the registry."""
        from builds.signals import build_failed  # noqa: PLC0415 - after all apps
        from fleet.telemetry.notifications.heard import (  # noqa: PLC0415 - needs models
            build_has_failed,
            version_was_decided,
        )
        from registry.signals import version_decided  # noqa: PLC0415 - after all apps

        build_failed.connect(build_has_failed, dispatch_uid="telemetry.build_failed")
        version_decided.connect(version_was_decided, dispatch_uid="telemetry.version_decided")
