"""States and kinds of this app, as they are stored."""

from typing import Final

from django.db.models import TextChoices


class IncidentState(TextChoices):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


ACTIVE: Final = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


class IncidentKind(TextChoices):
    """What is wrong."""

    DRIFT = "drift"
    CONCEPT = "concept_drift"
    SILENCE = "silence"


class Severity(TextChoices):
    """How far it is from the reference."""

    WARNING = "warning"
    CRITICAL = "critical"


class CauseLevel(TextChoices):
    """What an incident is about."""

    DEVICE = "device"
    LABEL = "label"
    VERSION = "version"


class RollupLevel(TextChoices):
    """Whose counts are summed."""

    DEVICE = "device"
    VERSION = "version"


DIGEST_MAX: Final = 32  # characters of a digest of labels


class JoinedBy(TextChoices):
    """How true labels found the inferences that they belong to."""

    WINDOW = "window"
    SAMPLE = "sample"


class CaptureState(TextChoices):
    """Where a capture of samples stands."""

    ASKED = "asked"
    COLLECTING = "collecting"
    REFUSED = "refused"
    STOPPED = "stopped"
    COMPLETED = "completed"
    FAILED = "failed"


# From which states each state may be reached.
CAPTURE_STEPS: Final[dict[CaptureState, frozenset[CaptureState]]] = {
    CaptureState.COLLECTING: frozenset({CaptureState.ASKED}),
    CaptureState.REFUSED: frozenset({CaptureState.ASKED}),
    CaptureState.STOPPED: frozenset({CaptureState.ASKED, CaptureState.COLLECTING}),
    CaptureState.COMPLETED: frozenset({CaptureState.COLLECTING}),
    CaptureState.FAILED: frozenset({CaptureState.COLLECTING}),
}


class IncidentOutcome(TextChoices):
    """What an incident turned out to be, in the words of the person who closed it."""

    UNKNOWN = ""
    REAL = "real"
    FALSE_ALARM = "false_alarm"


class DestinationKind(TextChoices):
    """How a destination is reached."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class DeliveryState(TextChoices):
    """Where a delivery stands; a waiting one is tried again."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class ActionState(TextChoices):
    """Where an action of a rule stands; each happens once for an incident."""

    PLANNED = "planned"
    DONE = "done"
    FAILED = "failed"
