"""The app's configuration."""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """Metrics in, drift out."""

    name = "fleet.telemetry"

    def ready(self) -> None:
        """Listen for news of builds, of the registry and of captures."""
        from builds.signals import build_failed  # noqa: PLC0415 - after all apps
        from fleet.telemetry.alerts.providers import provide  # noqa: PLC0415 - after all apps
        from fleet.telemetry.monitor.notifications.heard import (  # noqa: PLC0415 - needs models
            build_has_failed,
            capture_has_completed,
            version_was_decided,
        )
        from fleet.telemetry.signals import capture_completed  # noqa: PLC0415
        from registry.signals import version_decided  # noqa: PLC0415 - after all apps

        provide("fleet.telemetry.field.capture.by_rule")
        capture_completed.connect(capture_has_completed, dispatch_uid="telemetry.capture_told")
        build_failed.connect(build_has_failed, dispatch_uid="telemetry.build_failed")
        version_decided.connect(version_was_decided, dispatch_uid="telemetry.version_decided")
