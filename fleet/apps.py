"""The project package as a Django app: it has commands and checks, and no models."""

from django.apps import AppConfig


class FleetConfig(AppConfig):
    """Loads the Celery app and the system checks once Django is ready."""

    name = "fleet"

    def ready(self) -> None:
        """Import for the side effect: shared tasks need the app, checks register themselves."""
        from fleet import celery, checks  # noqa: F401, PLC0415 - must wait for the app registry
