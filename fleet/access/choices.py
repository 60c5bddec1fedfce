"""Words with a fixed meaning in this app."""

from django.db.models import TextChoices


class CallState(TextChoices):
    """Where an idempotent call stands."""

    RUNNING = "running"
    DONE = "done"
