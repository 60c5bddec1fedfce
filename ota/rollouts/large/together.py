"""Steps that many assignments of one decision take at once: a few statements, however many rows.

* Each row moves by compare-and-set, as one alone does: what a device did in the meantime wins.
* Rollouts that share devices take turns, because they take them in any order; others never wait
  for one another. If another rollout still takes a device between look and move, the rows are moved
  one by one, and that one stays planned.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from fleet.devices.choices import DeviceState
from fleet.lib.db import advisory_lock
from ota.choices import IN_FLIGHT_VALUES, UNFINISHED_VALUES
from ota.engine.states import FINISHED, LIVE, AssignmentState, FailureCause, Kind
from ota.engine.transitions import ASSIGNMENT, AssignmentStep
from ota.models import Assignment, AssignmentEvent, ReleaseArtifact
from ota.models.assignment import TEXT_MAX
from ota.rollouts.running import runs_release
from ota.rollouts.transitions import assignment_transition

# Any numbers that nobody else uses: ticks share the first, a device that leaves has it alone.
LEAVING_KEY: Final = 0x0EF1_A0D2
SHARED_DEVICES_KEY: Final = 0x0EF1_A0D4
BATCH: Final = 1000  # rows of one statement
Previous = Mapping[int, int | None]  # assignment → what its device runs, if that is ours


def assign(pks: Sequence[int], now: datetime) -> None:
    """Take a slot for each device that is still accepted and free."""
    if not pks:
        return
    if _shared(pks):
        advisory_lock(SHARED_DEVICES_KEY)
    rows = list(_planned(pks).select_related("device"))
    out = [row for row in rows if row.device.state != DeviceState.ACCEPTED]
    for state in {row.device.state for row in out}:
        gone = [row.pk for row in out if row.device.state == state]
        move(gone, AssignmentStep.SKIP, now=now, text=f"the device is {state}")
    rest = [row for row in rows if row.device.state == DeviceState.ACCEPTED]
    previous = _previous(rest)
    try:
        with transaction.atomic():
            _assign_all(previous, now)
    except IntegrityError:
        for row in rest:
            _assign_one(row, previous[row.pk], now)


def expire(causes: Mapping[int, FailureCause], now: datetime) -> None:
    """End what stayed silent for too long."""
    for cause in sorted(set(causes.values())):
        silent = [pk for pk, found in causes.items() if found is cause]
        text = f"no word from the device ({cause.value.replace('_', ' ')})"
        move(silent, AssignmentStep.EXPIRE, now=now, text=text, cause=cause)


def move(
    pks: Sequence[int], step: AssignmentStep, *, now: datetime, text: str = "", **changes: Any
) -> int:
    """Move the rows of these that the step still fits, each with its event; how many were.

    The caller holds a transaction in which nobody has moved them at the very same `now`.
    """
    (target,) = {after for (_, of), after in ASSIGNMENT.items() if of is step}
    fits = sorted(state for state, of in ASSIGNMENT if of is step)
    changes |= {"state": target, "since": now, "text": text[:TEXT_MAX]}
    if target in FINISHED:
        changes["finished_at"] = now
    rows = Assignment.objects.filter(pk__in=pks)
    # Their keys first, and locked: on PostgreSQL an UPDATE does not say which rows it took.
    taken = list(
        rows.filter(state__in=fits).order_by("pk").select_for_update().values_list("pk", flat=True)
    )
    rows.filter(pk__in=taken).order_by().update(**changes)
    record(taken, step, target, now=now, text=text)
    return len(taken)


def plan_again(rows: Sequence[Assignment], now: datetime) -> None:
    """Plan another attempt of each of these, which have ended."""
    for first in range(0, len(rows), BATCH):
        piece = rows[first : first + BATCH]
        mine = Assignment.objects.filter(pk__in=[row.pk for row in piece])
        mine.order_by().update(latest=False)
        AssignmentEvent.objects.bulk_create(_retried(row, now) for row in piece)
        Assignment.objects.bulk_create(_another(row, now) for row in piece)


def _retried(row: Assignment, now: datetime) -> AssignmentEvent:
    text = f"attempt {row.attempt + 1} is planned"
    return AssignmentEvent(assignment=row, step="retry", state=row.state, text=text, at=now)


def _another(row: Assignment, now: datetime) -> Assignment:
    return Assignment(
        rollout_id=row.rollout_id,
        wave_id=row.wave_id,
        device_id=row.device_id,
        kind=row.kind,
        release_id=row.release_id,
        artifact_id=row.artifact_id,
        reverts_id=row.reverts_id,
        delivery=row.delivery,
        consent=row.consent,
        position=row.position,
        attempt=row.attempt + 1,
        created_at=now,
        since=now,
    )


def record(
    pks: Sequence[int],
    step: AssignmentStep,
    state: AssignmentState,
    *,
    now: datetime,
    text: str = "",
) -> None:
    """Write the event of each row that took the step."""
    AssignmentEvent.objects.bulk_create(
        AssignmentEvent(assignment_id=pk, step=step, state=state, text=text[:TEXT_MAX], at=now)
        for pk in pks
    )


def _planned(pks: Sequence[int]) -> QuerySet[Assignment]:
    return Assignment.objects.filter(pk__in=pks, state=AssignmentState.PLANNED)


def _busy() -> Exists:
    same = {"device": OuterRef("device"), "component": OuterRef("component")}
    return Exists(Assignment.objects.filter(**same, state__in=IN_FLIGHT_VALUES).order_by())


def _shared(pks: Sequence[int]) -> bool:
    """Whether another rollout that is under way has something to do with one of the devices."""
    wanted = Assignment.objects.filter(pk__in=pks).order_by()
    others = Assignment.objects.filter(
        ~Q(rollout=OuterRef("rollout")),
        device=OuterRef("device"),
        state__in=UNFINISHED_VALUES,
        rollout__state__in=sorted(LIVE),
    )
    return wanted.filter(Exists(others.order_by())).exists()


def _previous(rows: Sequence[Assignment]) -> Previous:
    """Return what each device says it runs, if that is another release of ours for its target."""
    names = {str(row.device.running.get("release")) for row in rows if row.kind == Kind.UPDATE}
    known: dict[tuple[str, str], ReleaseArtifact] = {
        (artifact.release.public_id, artifact.target): artifact
        for artifact in ReleaseArtifact.objects.filter(
            release__public_id__in=names - {"None"}
        ).select_related("release__version__model")
    }
    return {row.pk: _runs(row, known) for row in rows}


def _runs(row: Assignment, known: Mapping[tuple[str, str], ReleaseArtifact]) -> int | None:
    running = row.device.running
    artifact = known.get((str(running.get("release")), row.device.target))
    if row.kind != Kind.UPDATE or artifact is None or artifact.release_id == row.release_id:
        return None
    return artifact.pk if runs_release(running, artifact.release) else None


def _assign_all(previous: Previous, now: datetime) -> None:
    together: dict[int | None, list[int]] = defaultdict(list)
    for pk, artifact in previous.items():
        together[artifact].append(pk)
    for artifact, pks in together.items():
        changes: dict[str, Any] = {"state": AssignmentState.ASSIGNED, "text": ""}
        changes |= {"since": now, "assigned_at": now}
        if artifact is not None:
            changes["previous_id"] = artifact
        _planned(pks).filter(~_busy()).order_by().update(**changes)
    # Only what this transaction has assigned can be so: a signer sees it once it is committed.
    moved = Assignment.objects.filter(
        pk__in=list(previous), state=AssignmentState.ASSIGNED, assigned_at=now
    )
    keys = list(moved.order_by("pk").values_list("pk", flat=True))
    record(keys, AssignmentStep.ASSIGN, AssignmentState.ASSIGNED, now=now)


def _assign_one(row: Assignment, previous: int | None, now: datetime) -> None:
    changes: dict[str, Any] = {"assigned_at": now}
    if row.kind == Kind.UPDATE:
        changes["previous_id"] = previous
    try:
        with transaction.atomic():
            assignment_transition(row, AssignmentStep.ASSIGN, now=now, **changes)
    except IntegrityError:
        return  # another rollout took the device; it stays planned until it is free
