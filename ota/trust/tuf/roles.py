"""The repository's shape as data: roles, validity, version numbers, alarms. Pure.

* A version number is at least the number of seconds since `EPOCH`: after the database was restored
  from a backup, the next one is still higher than any that was ever published, as long as fewer
  than one per second were. The key book remembers the highest number as well.
* Root counts up by one, as clients walk it; its numbers are kept beside the keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

ROOT, TARGETS, SNAPSHOT, TIMESTAMP, MODELS = "root", "targets", "snapshot", "timestamp", "models"
TOP = (ROOT, TARGETS, SNAPSHOT, TIMESTAMP)
REPOSITORY = (*TOP, MODELS)
DIRECTOR, ARTIFACTS, FIRMWARE, BUILDER, AUDIT = SERVICE = (
    "director",
    "artifacts",
    "firmware",
    "builder",
    "audit",
)
BUILT = (ARTIFACTS, FIRMWARE, BUILDER)  # signed where it is built: the signer knows public halves
APPROVERS = "approvers"  # people whose signatures the signer counts, if there are any
KEY_ROLES = (*REPOSITORY, *SERVICE, APPROVERS)
KEYS = "device-keys"  # numbers the sets of keys that devices follow
ACTIONS = "actions"  # the highest number under which something was offered to a device
AUDIT_HEAD = "audit-head"  # how far the log went that was signed last
EPOCH_MARK = "epoch"  # the first action of the database's current epoch
OFFLINE = (ROOT, TARGETS)  # what people may hold and sign elsewhere
MODEL_PREFIX = "model-"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
RESIGN_LEFT = (
    0.6  # share of a validity; below it the role is signed again, well before half is gone
)
PRODUCTION_ROOT_THRESHOLD = 2
DAYS: Mapping[str, float] = {ROOT: 365, TARGETS: 180, MODELS: 90, SNAPSHOT: 7, TIMESTAMP: 1}


class AlarmLevel(StrEnum):
    """How soon a role expires."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


# Share of the validity that is left, and the alarm below it.
ALARMS: tuple[tuple[float, AlarmLevel], ...] = (
    (0.10, AlarmLevel.CRITICAL),
    (0.25, AlarmLevel.WARNING),
    (0.50, AlarmLevel.NOTICE),
)


@dataclass(frozen=True)
class Validity:
    """When metadata was signed and when it expires."""

    role: str
    version: int
    signed_at: datetime
    expires_at: datetime

    def left(self, now: datetime) -> float:
        """Return the share of the validity that remains, 0 once expired."""
        whole = (self.expires_at - self.signed_at).total_seconds()
        return max(0.0, (self.expires_at - now).total_seconds() / whole) if whole > 0 else 0.0


@dataclass(frozen=True)
class Alarm:
    """A role that expires soon, or has expired."""

    validity: Validity
    left: float
    level: AlarmLevel

    def __str__(self) -> str:
        end = (
            "has expired"
            if self.left == 0
            else f"expires {self.validity.expires_at:%Y-%m-%d %H:%M}"
        )
        named = f"{self.validity.role} version {self.validity.version}"
        return f"{named} {end} ({self.left:.0%} of its validity)"


def model_role(model: str) -> str:
    """Return the delegated role of a model. The prefix keeps a model named `root` from being a
    role.
    """
    return f"{MODEL_PREFIX}{model}"


def key_role(role: str) -> str:
    """Return the keys that sign for a role: models share theirs unless a model has its own."""
    return role if role in TOP else MODELS


def model_pattern(model: str) -> str:
    """Return the paths that a model's role may sign: `*` stands for one segment."""
    return f"{model}/*/*/*"


def target_path(*, model: str, version: str, target: str, filename: str) -> str:
    """Return the path of a bundle in the repository."""
    return f"{model}/{version}/{target}/{filename}"


def version_next(role: str, *, published: int, now: datetime) -> int:
    """Return the next version number, never one at or below what was published."""
    if role == ROOT:
        return published + 1
    return max(published + 1, int((now - EPOCH).total_seconds()))


def expiry(role: str, *, now: datetime, days: Mapping[str, float]) -> datetime:
    """Return when metadata signed now expires; whole seconds, as TUF writes them."""
    return (now + timedelta(days=days[key_role(role)])).replace(microsecond=0)


def due(validity: Validity, now: datetime) -> bool:
    """Tell whether it is time to sign again."""
    return validity.left(now) < RESIGN_LEFT


def alarm_of(validity: Validity, now: datetime) -> Alarm | None:
    """Return the alarm for a role that expires soon, if it does."""
    left = validity.left(now)
    level = next((level for share, level in ALARMS if left <= share), None)
    return Alarm(validity, left, level) if level else None
