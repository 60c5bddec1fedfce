"""From who takes part in a rollout to its assignments, in pieces that can be broken off.

* Who takes part, in which order and wave, and who has nothing to do, is fixed at the start, in one
  transaction: a place for each device.
* Places become assignments a piece at a time, each piece in a transaction of its own. What a dead
  process left, the next tick goes on with; the engine decides nothing before all are made.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from fleet.lib import clock
from fleet.lib.db.copied import rows_add
from ota.engine.states import AssignmentState, Kind
from ota.models import Rollout, RolloutPlace
from ota.models.assignment import COMPONENT

PIECE: Final = 10_000  # assignments of one transaction
NAMES: Final = (
    *("rollout_id", "wave_id", "device_id", "artifact_id", "public_id"),
    *("position", "skipped", "delivery", "consent"),
)


class PlacedDevice(NamedTuple):
    """A device's part, in the order of `NAMES` after the rollout."""

    wave: int
    device: int
    artifact: int | None
    public_id: str
    position: int
    skipped: str
    delivery: str  # JSON
    consent: str


def places_fix(rollout: Rollout, places: Iterable[PlacedDevice]) -> int:
    """Write who takes part, in the transaction that starts the rollout; how many devices."""
    return rows_add(RolloutPlace, NAMES, ((rollout.pk, *place) for place in places))


def waits(rollout: Rollout) -> bool:
    """Tell whether some places have no assignment yet."""
    return RolloutPlace.objects.filter(rollout=rollout).exists()


def plant(rollout: Rollout, pieces: int | None = None) -> bool:
    """Make assignments of places, at most so many pieces; whether all are made now."""
    while waits(rollout):
        if pieces == 0:
            return False
        pieces = None if pieces is None else pieces - 1
        _piece(rollout)
    return True


@transaction.atomic
def _piece(rollout: Rollout) -> None:
    # Whoever else goes on with it waits here, and then finds the next piece.
    kept = Rollout.objects.select_for_update().get(pk=rollout.pk)
    rows = RolloutPlace.objects.filter(rollout=kept)
    first = rows.order_by("position").values_list("position", flat=True).first()
    if first is None:
        return
    piece = rows.filter(position__lt=first + PIECE)
    _insert(kept, first, kept.joined_at or kept.started_at or clock.now())
    piece.order_by()._raw_delete(connection.alias)  # noqa: SLF001 - nothing refers to a place


def _insert(rollout: Rollout, first: int, now: datetime) -> None:
    """One statement: what all rows share is given, what differs is in the places."""
    same: dict[str, Any] = {
        "rollout_id": rollout.pk,
        "component": COMPONENT,
        "kind": Kind.UPDATE,
        "release_id": rollout.release_id,
        "attempt": 1,
        "cause": "",
        "latest": True,
        "cancel_refused": False,
        "reverted": False,
        "reports": 0,
        "created_at": now,
        "since": now,
    }
    taken = ("wave_id", "device_id", "artifact_id", "public_id", "position", "delivery", "consent")
    columns = ", ".join([*same, *taken, "state", "text", "finished_at"])
    places = ", ".join(["%s"] * len(same))
    sql = (
        f"INSERT INTO ota_assignment ({columns}) SELECT {places}, {', '.join(taken)}, "  # noqa: S608 - our own names
        "CASE WHEN skipped = '' THEN %s ELSE %s END, skipped, "
        f"CASE WHEN skipped = '' THEN NULL ELSE {_TIME[connection.vendor]} END "
        "FROM ota_rolloutplace WHERE rollout_id = %s AND position >= %s AND position < %s "
        "ORDER BY position"
    )
    moment = connection.ops.adapt_datetimefield_value(now)
    same |= {"created_at": moment, "since": moment}
    states = (AssignmentState.PLANNED.value, AssignmentState.SKIPPED.value)
    given = [*same.values(), *states, moment, rollout.pk, first, first + PIECE]
    with connection.cursor() as cursor:
        cursor.execute(sql, given)


_TIME: Final = {"postgresql": "CAST(%s AS timestamptz)", "sqlite": "%s"}
