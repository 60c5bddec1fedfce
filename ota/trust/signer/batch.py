"""Signs many instructions at once: seven statements for a batch, however many rows it has.

What `instruction` guarantees of one holds of each: a batch is one transaction, and where another
signer or a change came between, it is taken back and its rows are signed one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F

from device_agent.protocol.dsse import Signer
from fleet.lib import clock
from fleet.lib.errors import Stale
from ota.engine.states import AssignmentState
from ota.engine.transitions import AssignmentStep
from ota.models import Assignment, DeviceUpdateState, Instruction
from ota.rollouts.large.together import move
from ota.trust.signer.instruction import RELATED, instruction_sign, sealed

BATCH: Final = 250  # instructions of one transaction: devices are told of the first ones sooner


def waiting_rows(rollout: int) -> list[Assignment]:
    """Return what waits in a rollout. What many rows name is read once, and is one object."""
    rows = Assignment.objects.filter(rollout_id=rollout, state=AssignmentState.ASSIGNED)
    found = list(rows.select_related("device", "artifact").order_by("pk"))
    same: dict[int, Assignment] = {}
    for row in found:
        if row.release_id not in same:
            same[row.release_id] = Assignment.objects.select_related(*RELATED).get(pk=row.pk)
        row.release = same[row.release_id].release
        row.rollout = same[row.release_id].rollout
    return found


def instructions_offer(rows: Sequence[Assignment], signer: Signer, keyid: str) -> int:
    """Sign and offer; how many were."""
    return sum(_batch(rows[at : at + BATCH], signer, keyid) for at in range(0, len(rows), BATCH))


def _batch(rows: Sequence[Assignment], signer: Signer, keyid: str) -> int:
    try:
        with transaction.atomic():
            _offer(rows, signer, keyid, clock.now())
    except (IntegrityError, Stale):
        return sum(instruction_sign(row, signer, keyid) for row in rows)
    return len(rows)


def _offer(rows: Sequence[Assignment], signer: Signer, keyid: str, now: datetime) -> None:
    counters = _counters([row.device_id for row in rows])
    Instruction.objects.bulk_create(_sealed(rows, signer, keyid, counters, now))
    if move([row.pk for row in rows], AssignmentStep.OFFER, now=now) != len(rows):
        raise Stale("An assignment was changed while it was being signed.")


def _sealed(
    rows: Sequence[Assignment],
    signer: Signer,
    keyid: str,
    counters: Mapping[int, int],
    now: datetime,
) -> Iterator[Instruction]:
    for row in rows:
        yield sealed(row, signer, keyid, counters[row.device_id], now)


def _counters(devices: Sequence[int]) -> dict[int, int]:
    """Return the next number of each device, which is its now."""
    states = DeviceUpdateState.objects.filter(device_id__in=devices)
    known = set(states.values_list("device_id", flat=True))
    DeviceUpdateState.objects.bulk_create(
        (DeviceUpdateState(device_id=pk) for pk in sorted({*devices} - known)),
        ignore_conflicts=True,
    )
    locked = states.order_by("device_id").select_for_update()
    before = dict(locked.values_list("device_id", "counter"))
    # What was withdrawn before no longer needs an answer: this takes its place.
    states.update(counter=F("counter") + 1, withdrawn=None)
    return {pk: counter + 1 for pk, counter in before.items()}
