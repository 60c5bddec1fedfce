"""The app's configuration."""

from django.apps import AppConfig


class OtaConfig(AppConfig):
    """Releases and rollouts over the air."""

    name = "ota"

    def ready(self) -> None:
        """Listen for leaving devices and starting workers, and check what would break signing."""
        from celery.signals import (  # noqa: PLC0415 - the web process does not need it
            beat_init,
            worker_ready,
        )

        from fleet.devices.signals import device_leaves  # noqa: PLC0415 - after all apps
        from fleet.telemetry.alerts.providers import provide  # noqa: PLC0415 - after all apps
        from fleet.telemetry.signals import (  # noqa: PLC0415 - after all apps
            rollout_wanted,
            version_given,
        )
        from ota.releases.needed import still_needed  # noqa: PLC0415 - needs models
        from ota.rollouts.retirement import device_left  # noqa: PLC0415 - needs models
        from ota.selectors import rollout_of, was_assigned  # noqa: PLC0415 - needs models
        from ota.trust import checks  # noqa: PLC0415 - registers itself
        from ota.trust.signer.repository import repository_ready  # noqa: PLC0415 - needs models
        from registry.signals import versions_leave  # noqa: PLC0415 - after all apps

        device_leaves.connect(device_left, dispatch_uid="ota.device_left")
        versions_leave.connect(still_needed, dispatch_uid="ota.still_needed")
        version_given.connect(was_assigned, dispatch_uid="ota.was_given")
        rollout_wanted.connect(rollout_of, dispatch_uid="ota.rollout_of")
        provide("ota.services.ordered")
        for starting in (worker_ready, beat_init):
            starting.connect(checks.require_own_keys, dispatch_uid="ota.own_keys", weak=False)
        worker_ready.connect(repository_ready, dispatch_uid="ota.repository", weak=False)
