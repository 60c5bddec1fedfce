"""The app's configuration."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """Devices, groups and enrolment."""

    name = "fleet.devices"

    def ready(self) -> None:
        """Say which versions devices still run."""
        from fleet.devices.selectors import devices_that_run  # noqa: PLC0415 - needs models
        from registry.signals import versions_leave  # noqa: PLC0415 - after all apps

        versions_leave.connect(devices_that_run, dispatch_uid="devices.that_run")
