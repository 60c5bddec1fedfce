"""Words with a fixed meaning in this app."""

from django.db.models import TextChoices


class CallState(TextChoices):
    """The state of an idempotent call."""

    RUNNING = "running"
    DONE = "done"
