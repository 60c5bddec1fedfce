"""The engine's enums as Django choices and database constraints: one list of words, not three."""

from collections.abc import Iterable
from enum import StrEnum

from django.db import models
from django.db.models import Q

from ota.engine.states import IN_FLIGHT, UNFINISHED, AssignmentState

STATE_MAX = 16  # characters
METRIC_MAX = 80  # characters of the name of what a gate measures
POLICY_NAME_MAX = 40  # characters
NAME_MAX = 128  # characters of the name of a software module or of a release of modules
LABEL_MAX = 64  # characters of a version
TYPE_MAX = 64  # characters of a module's type, such as `os` or `application`
FILENAME_MAX = 120  # characters
COMPATIBLE_MAX = 1000  # characters, as a device query has

# Sorted, so that a migration made twice reads the same.
IN_FLIGHT_VALUES = sorted(state.value for state in IN_FLIGHT)
UNFINISHED_VALUES = sorted(state.value for state in UNFINISHED)
MISSED_VALUES = sorted([AssignmentState.FAILED.value, AssignmentState.TIMED_OUT.value])


class RequestKind(StrEnum):
    """What the repository should do with a release."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"


class RequestState(StrEnum):
    """What the signer has made of a request."""

    PENDING = "pending"
    SIGNED = "signed"
    REFUSED = "refused"


def words(kind: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Choices of a field."""
    return [(word.value, word.value.replace("_", " ")) for word in kind]


def only(
    field: str, kind: Iterable[StrEnum], name: str, *, empty: bool = False
) -> models.CheckConstraint:
    """Make the constraint by which the database refuses a word that the enum does not have."""
    values = [word.value for word in kind] + ([""] if empty else [])
    return models.CheckConstraint(condition=Q(**{f"{field}__in": values}), name=name)


class ShadowRun(StrEnum):
    """Whether devices are told to run a challenger; its end by time needs no state."""

    RUNNING = "running"
    STOPPED = "stopped"


class Consent(StrEnum):
    """What the device's user has said to an update; empty where nobody is asked."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DENIED = "denied"


# The device's user has not agreed, so that it is told of no deployment.
UNCONFIRMED = frozenset({Consent.ASKED, Consent.DENIED})
