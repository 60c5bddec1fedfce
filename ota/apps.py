"""The app's configuration."""

from django.apps import AppConfig


class OtaConfig(AppConfig):
    """Releases and rollouts over the air."""

    name = "ota"

    def ready(self) -> None:
        """Listen for starting workers, and check what would break signing."""
        from celery.signals import worker_ready  # noqa: PLC0415 - the web process needs it not

        from ota.trust import checks  # noqa: F401, PLC0415 - registers itself
        from ota.trust.publish import repository_ready  # noqa: PLC0415 - needs models

        worker_ready.connect(repository_ready, dispatch_uid="ota.repository", weak=False)
