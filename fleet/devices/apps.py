"""The app's configuration."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """Devices, groups and enrolment."""

    name = "fleet.devices"
