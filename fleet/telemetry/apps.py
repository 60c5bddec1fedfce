"""The app's configuration."""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """Metrics in, drift out."""

    name = "fleet.telemetry"

    def ready(self) -> None:
        """Connect what is told of captures."""
        from fleet.telemetry.capture.settle import tell_devices  # noqa: PLC0415 - needs the models
        from fleet.telemetry.signals import capture_completed  # noqa: PLC0415

        uid = "telemetry.capture.tell_devices"
        capture_completed.connect(tell_devices, dispatch_uid=uid)
