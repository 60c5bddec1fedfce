"""The app's configuration."""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """Metrics in, drift out."""

    name = "fleet.telemetry"
