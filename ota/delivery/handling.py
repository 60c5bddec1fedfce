"""What a device is to do with a download and with the installation, now.

* `forced` and an elapsed `timeforced` do both at once; `soft` leaves the moment to the device.
* `downloadonly` ends with the download: the device does not install.
* Outside a maintenance window nothing is installed; the download may go ahead.
* `deltas` says what may be downloaded in place of whole files; a rollout that waits for them begins
  when all are made (`ota.releases.deltas`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from device_agent.protocol.ddi import Handling
from fleet.lib.errors import Refused
from ota.delivery.window import DEVICE_ZONE, MaintenanceWindow, format_duration, parse_window

MEMBERS: Final = frozenset({"type", "force_at", "confirmation", "denied", "window", "deltas"})
WINDOW_MEMBERS: Final = frozenset({"schedule", "duration", "timezone"})
WordT = TypeVar("WordT", bound=StrEnum)
AVAILABLE, UNAVAILABLE = "available", "unavailable"


class ActionType(StrEnum):
    """How urgent an update is for its device."""

    FORCED = "forced"
    SOFT = "soft"
    TIME_FORCED = "timeforced"
    DOWNLOAD_ONLY = "downloadonly"


class Denied(StrEnum):
    """What a device's "no" does: the update waits for another word, or it has ended."""

    WAIT = "wait"
    CLOSE = "close"


class DeltaUse(StrEnum):
    """Whether devices are offered deltas: those that are there, all after a wait, or none."""

    IF_MADE = "if-made"
    WAIT = "wait"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How one update is delivered."""

    kind: ActionType = ActionType.FORCED
    force_at: datetime | None = None
    confirmation: bool = False  # the device's user is asked first
    denied: Denied = Denied.WAIT
    window: MaintenanceWindow | None = None
    deltas: DeltaUse = DeltaUse.IF_MADE

    def installs(self) -> bool:
        """Tell whether the device is to install at all."""
        return self.kind is not ActionType.DOWNLOAD_ONLY

    def in_zone(self, zone: str) -> "DeliveryRules":
        """Return the same for a device of that time zone, where the window is in its own."""
        if self.window is None or self.window.zone != DEVICE_ZONE:
            return self
        return replace(self, window=replace(self.window, zone=zone))


@dataclass(frozen=True, slots=True)
class Handled:
    """What a deployment says at one moment."""

    download: Handling
    update: Handling
    window: str | None  # available or unavailable; None where no schedule exists


def parse_delivery(document: object) -> DeliveryRules:
    """Return a delivery from its document. Raises Refused with the member that is wrong."""
    content = _object(document, "delivery", MEMBERS)
    kind = _word(ActionType, content, "type", ActionType.FORCED)
    force_at = instant(content.get("force_at"), "delivery.force_at")
    if (kind is ActionType.TIME_FORCED) != (force_at is not None):
        raise Refused("'delivery.force_at' belongs to the type timeforced, and to no other.")
    asks = content.get("confirmation", False)
    if not isinstance(asks, bool):
        raise Refused("'delivery.confirmation' must be true or false.")
    denied = _word(Denied, content, "denied", Denied.WAIT)
    deltas = _word(DeltaUse, content, "deltas", DeltaUse.IF_MADE)
    return DeliveryRules(kind, force_at, asks, denied, _window(content.get("window")), deltas)


def dump_delivery(delivery: DeliveryRules) -> dict[str, Any]:
    """Return the document that parses to this; what is the default is left out."""
    found: dict[str, Any] = {}
    if delivery.kind is not ActionType.FORCED:
        found["type"] = delivery.kind.value
    if delivery.force_at is not None:
        found["force_at"] = delivery.force_at.isoformat()
    if delivery.confirmation:
        found["confirmation"] = True
    if delivery.denied is not Denied.WAIT:
        found["denied"] = delivery.denied.value
    if delivery.deltas is not DeltaUse.IF_MADE:
        found["deltas"] = delivery.deltas.value
    if (window := delivery.window) is not None:
        found["window"] = {
            "schedule": window.schedule,
            "duration": format_duration(window.duration),
            "timezone": window.zone,
        }
    return found


def handled(delivery: DeliveryRules, now: datetime) -> Handled:
    """Return what the device is to do now."""
    forced = delivery.kind is ActionType.FORCED or (
        delivery.force_at is not None and now >= delivery.force_at
    )
    if delivery.kind is ActionType.DOWNLOAD_ONLY:
        return Handled(Handling.FORCED, Handling.SKIP, None)
    word = Handling.FORCED if forced else Handling.ATTEMPT
    if delivery.window is None:
        return Handled(word, word, None)
    if delivery.window.open_at(now):
        return Handled(word, word, AVAILABLE)
    return Handled(word, Handling.SKIP, UNAVAILABLE)


def changes_at(delivery: DeliveryRules, now: datetime) -> datetime | None:
    """Return when the next window opens, while the device waits for one."""
    window = delivery.window
    if window is None or not delivery.installs() or window.open_at(now):
        return None
    return window.next_start(now)


def _object(value: object, name: str, members: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Refused(f"'{name}' must be a JSON object.")
    unknown = sorted(str(key)[:40] for key in set(value) - members)
    if unknown:
        known = ", ".join(sorted(members))
        raise Refused(f"'{name}' has no member {unknown[0]!r}; there are {known}.")
    return value


def _word(kind: type[WordT], content: Mapping[str, Any], key: str, default: WordT) -> WordT:
    value = content.get(key, default)
    if value not in tuple(kind):
        raise Refused(f"'delivery.{key}' must be one of {', '.join(kind)}.")
    return kind(value)


def instant(value: object, name: str) -> datetime | None:
    """Return a point in time; None where nothing is given. Raises Refused with the name."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Refused(f"'{name}' must be a time such as 2026-05-01T03:00Z.") from error
    if found.tzinfo is None:
        raise Refused(f"'{name}' needs its offset from UTC.")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise Refused(f"'{name}' lies outside of the calendar.") from error


def _window(value: object) -> MaintenanceWindow | None:
    if value is None:
        return None
    content = _object(value, "delivery.window", WINDOW_MEMBERS)
    texts = [content.get(key) for key in ("schedule", "duration", "timezone")]
    if not all(isinstance(text, str) for text in texts):
        raise Refused("'delivery.window' needs a schedule, a duration and a timezone, as texts.")
    return parse_window(*map(str, texts))
