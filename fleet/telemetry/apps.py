"""The app's configuration."""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """Metrics in, drift out."""

    name = "fleet.telemetry"

    def ready(self) -> None:
        """Listen for news of builds, of the registry and of captures."""
        from builds.signals import build_failed  # noqa: PLC0415 - after all apps
        from fleet.telemetry.field.capture.settle import tell_devices  # noqa: PLC0415 - needs the models
        from fleet.telemetry.monitor.notifications.heard import (  # noqa: PLC0415 - needs models
            build_has_failed,
            version_was_decided,
        )
        from fleet.telemetry.signals import capture_completed  # noqa: PLC0415
        from registry.signals import version_decided  # noqa: PLC0415 - after all apps

        uid = "telemetry.capture.tell_devices"
        capture_completed.connect(tell_devices, dispatch_uid=uid)
        build_failed.connect(build_has_failed, dispatch_uid="telemetry.build_failed")
        version_decided.connect(version_was_decided, dispatch_uid="telemetry.version_decided")
