"""The app's configuration."""

from django.apps import AppConfig


class BuildsConfig(AppConfig):
    """Firmware builds: from a model version to signed, proved artifacts per target."""

    name = "builds"

    def ready(self) -> None:
        """Listen for new versions and starting workers."""
        from celery.signals import worker_ready  # noqa: PLC0415 - the web process needs it not

        from builds.checks import require_whole_jail  # noqa: PLC0415
        from builds.selectors import builds_under_way  # noqa: PLC0415 - needs models
        from builds.signals import probe_added_version, publish_keys  # noqa: PLC0415 - needs models
        from registry.signals import version_added, versions_leave  # noqa: PLC0415

        versions_leave.connect(builds_under_way, dispatch_uid="builds.under_way")
        version_added.connect(probe_added_version, dispatch_uid="builds.admission.admit")
        worker_ready.connect(require_whole_jail, dispatch_uid="builds.jail", weak=False)
        worker_ready.connect(publish_keys, dispatch_uid="builds.keys", weak=False)
