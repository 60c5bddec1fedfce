"""Epochs of the database: a restored one begins the next, and its numbers never come again.

* Actions are numbered by their rows, as 31 bits, because some clients keep them in an int. An epoch
  begins above every number that the database knows, above every one that the signer's notebook
  says was offered, and above `ACTIONS_PER_SECOND` for each second since 2026: whatever a lost
  database gave out, as long as it gave out no more than that.
* Instructions of each device are renumbered in the same way, `COUNTERS_PER_SECOND` for each device.
* Every device is asked what it runs. Its first word in an epoch is believed
  (`ota.services.beliefs`).
"""

from datetime import datetime
from typing import Final

from django.db import connections, router, transaction
from django.db.models import Max

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.errors import Unavailable
from ota.models import Assignment, DeviceUpdateState, Epoch
from ota.models.epoch import BECAUSE_MAX
from ota.trust.tuf.roles import EPOCH

ACTIONS_PER_SECOND: Final = 2  # on the average of all years; lasts until 2060
COUNTERS_PER_SECOND: Final = 8  # of one device, on the average of all years
ACTION_MAX: Final = 2**31 - 1
TABLE: Final = "ota_assignment"


def first_action(*, highest: int, now: datetime) -> int:
    """Return the first number of an epoch that begins now, when `highest` is the last that is
    known.

    Raises Unavailable when no numbers are left.
    """
    by_clock = int((now - EPOCH).total_seconds()) * ACTIONS_PER_SECOND
    found = max(highest + 1, by_clock if by_clock < ACTION_MAX // 2 else 0)
    if found >= ACTION_MAX:
        raise Unavailable("No numbers are left for actions: they end at 2147483647.")
    return found


def current() -> int:
    """Return the number of the present epoch; 0 for the first."""
    return int(Epoch.objects.aggregate(Max("number"))["number__max"] or 0)


def begins_at() -> int:
    """Return the first action of the present epoch: what is below it may be of another epoch."""
    found = Epoch.objects.order_by("-number").values_list("first_action", flat=True).first()
    return found or 0


@transaction.atomic
def begin(*, by: Actor, because: str, offered: int = 0) -> Epoch:
    """Begin the next epoch. `offered` is the highest action that somebody else remembers."""
    now = clock.now()
    highest = max(_highest_row(), _last_given(), begins_at(), offered)
    made = Epoch.objects.create(
        number=current() + 1,
        first_action=first_action(highest=highest, now=now),
        because=because[:BECAUSE_MAX],
        began_at=now,
    )
    _give_from(made.first_action)
    counters_raise(now)
    DeviceUpdateState.objects.update(config_wanted=True)
    detail = {"because": because[:BECAUSE_MAX], "first_action": made.first_action}
    audit.record(by=by, action="ota.epoch_begin", subject=str(made), detail=detail)
    return made


def counters_raise(now: datetime) -> None:
    """Number instructions above any that was signed, as long as no device got more of them than
    `COUNTERS_PER_SECOND`: what devices have followed is not followed again, and a restored or
    altered row would number from there.
    """
    least = int((now - EPOCH).total_seconds() * COUNTERS_PER_SECOND)
    DeviceUpdateState.objects.filter(counter__lt=least).update(counter=least)


def _highest_row() -> int:
    return int(Assignment.objects.aggregate(Max("pk"))["pk__max"] or 0)


def _last_given() -> int:
    """Return the last number that the database gave out, also to rows that were taken back."""
    connection = connections[router.db_for_write(Assignment)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [TABLE])
            name = cursor.fetchone()[0]
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")  # noqa: S608 - the server's own name
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [TABLE])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _give_from(first: int) -> None:
    connection = connections[router.db_for_write(Assignment)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [TABLE, first]
            )
            return
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [TABLE])
        cursor.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [TABLE, first - 1]
        )
