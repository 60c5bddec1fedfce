"""States and kinds of this app, as they are stored."""

from django.db.models import TextChoices

FILTER_NAME_MAX = 80  # characters of the name of a filter that a person keeps


class DeviceState(TextChoices):
    """The state of a device."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DECOMMISSIONED = "decommissioned"


class GroupKind(TextChoices):
    """Members named one by one, or found by a device query."""

    STATIC = "static"
    DYNAMIC = "dynamic"


class EventKind(TextChoices):
    """What a line of a device's timeline is about."""

    ENROLLED = "enrolled"
    STATE = "state"
    LABELS = "labels"
    CREDENTIAL = "credential"
    SESSION = "session"
    RUNNING = "running"
    UPDATE = "update"
    TELEMETRY = "telemetry"
