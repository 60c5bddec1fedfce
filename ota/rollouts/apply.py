"""The engine's commands on the database, all of one decision in one transaction.

* The rollout's revision is compared first: a decision made from an older look is dropped whole, so
  two ticks at once never exceed a cap together.
* One decision is applied at a time, because rollouts that share devices take them in any order.
* What a device has done in the meantime wins: a command that no longer fits its assignment is left
  out, and the next look sees why.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import singledispatch
from typing import Any, Final

from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.devices.choices import DeviceState
from fleet.lib.actor import system
from fleet.lib.db import advisory_lock, compare_and_set
from ota.engine import commands as c
from ota.engine.states import AssignmentState, Kind
from ota.engine.transitions import ASSIGNMENT, AssignmentStep
from ota.models import Assignment, AssignmentEvent, DeviceUpdateState, ReleaseArtifact, Rollout
from ota.rollouts.running import runs_release
from ota.rollouts.transitions import assignment_transition, rollout_transition, wave_transition

TICK = system("rollout tick")
LOCK_KEY: Final = 0x0EF1_A0D2  # any number that nobody else uses
ACTOR = TICK.label
COUNTER_FORBIDS = "stays as it is: it refuses the release before, whose security counter is lower"
NO_WAY_BACK = "stays as it is: it ran no release of ours before"


def apply(rollout: Rollout, commands: Sequence[c.Command], now: datetime) -> bool:
    """Carry out a decision; False when another process decided on the rollout first."""
    with transaction.atomic():
        advisory_lock(LOCK_KEY)
        expected = Rollout.objects.filter(
            pk=rollout.pk, revision=rollout.revision, state=rollout.state
        )
        if not compare_and_set(expected, revision=rollout.revision + 1):
            return False
        for command in commands:
            _carry_out(command, rollout, now)
    return True


@singledispatch
def _carry_out(command: c.Command, rollout: Rollout, now: datetime) -> None:
    raise NotImplementedError(command)


@_carry_out.register
def _move_rollout(command: c.MoveRollout, rollout: Rollout, now: datetime) -> None:
    rollout_transition(rollout, command.step, reason=command.reason, actor=ACTOR, now=now)
    audit.record(
        by=TICK,
        action=f"ota.rollout_{command.step.value}",
        subject=rollout.public_id,
        detail={"reason": command.reason},
    )


@_carry_out.register
def _move_wave(command: c.MoveWave, rollout: Rollout, now: datetime) -> None:
    wave = rollout.waves.get(index=command.index)
    wave_transition(wave, command.step, reason=command.reason, actor=ACTOR, now=now)


@_carry_out.register
def _assign(command: c.Assign, rollout: Rollout, now: datetime) -> None:
    row = _row(command.assignment, AssignmentStep.ASSIGN)
    if row is None:
        return
    if row.device.state != DeviceState.ACCEPTED:
        text = f"the device is {row.device.state}"
        assignment_transition(row, AssignmentStep.SKIP, now=now, text=text)
        return
    changes: dict[str, Any] = {"assigned_at": now}
    if row.kind == Kind.UPDATE:
        changes["previous"] = _runs(row)
    try:
        with transaction.atomic():
            assignment_transition(row, AssignmentStep.ASSIGN, now=now, **changes)
    except IntegrityError:
        # Another rollout took the device between look and move; it stays planned until it is free.
        return


def _runs(row: Assignment) -> ReleaseArtifact | None:
    """Return what the device says it runs, if that is a release of ours for its target."""
    running = row.device.running
    found = ReleaseArtifact.objects.filter(
        release__public_id=str(running.get("release")), target=row.device.target
    )
    artifact = found.exclude(release=row.release_id).select_related("release__version").first()
    return artifact if artifact and runs_release(running, artifact.release) else None


@_carry_out.register
def _expire(command: c.Expire, rollout: Rollout, now: datetime) -> None:
    row = _row(command.assignment, AssignmentStep.EXPIRE)
    if row is not None:
        text = f"no word from the device ({command.cause.value.replace('_', ' ')})"
        assignment_transition(row, AssignmentStep.EXPIRE, now=now, text=text, cause=command.cause)


@_carry_out.register
def _cancel(command: c.CancelAssignment, rollout: Rollout, now: datetime) -> None:
    row = _row(command.assignment, AssignmentStep.CANCEL)
    if row is None:
        return
    unread = row.state == AssignmentState.OFFERED
    moved = assignment_transition(row, AssignmentStep.CANCEL, now=now, text=command.reason)
    if moved and unread:
        # The rollout is done with it; the device may have seen its number, and acknowledges.
        DeviceUpdateState.objects.update_or_create(device=row.device, defaults={"withdrawn": row})


@_carry_out.register
def _cancel_planned(command: c.CancelPlanned, rollout: Rollout, now: datetime) -> None:
    planned = Assignment.objects.filter(
        rollout=rollout, kind=Kind.UPDATE, state=AssignmentState.PLANNED
    )
    rows = list(planned.values_list("pk", flat=True))
    planned.filter(pk__in=rows).update(
        state=AssignmentState.CANCELLED, since=now, finished_at=now, text=command.reason
    )
    AssignmentEvent.objects.bulk_create(
        AssignmentEvent(
            assignment_id=pk,
            step=AssignmentStep.CANCEL,
            state=AssignmentState.CANCELLED,
            text=command.reason,
            at=now,
        )
        for pk in rows
    )


@_carry_out.register
def _revert(command: c.Revert, rollout: Rollout, now: datetime) -> None:
    rows = Assignment.objects.select_related("previous__release", "release")
    row = rows.get(pk=command.assignment)
    if not compare_and_set(Assignment.objects.filter(pk=row.pk, reverted=False), reverted=True):
        return
    if row.previous is None:
        _note(row, "revert", NO_WAY_BACK, now)
        return
    if row.previous.release.counter < row.release.counter:
        _note(row, "revert", COUNTER_FORBIDS, now)
        return
    _plan(row, row.previous, Kind.ROLLBACK, attempt=1, reverts=row, now=now)
    _note(row, "revert", f"goes back to release {row.previous.release.public_id}", now)


@_carry_out.register
def _retry(command: c.Retry, rollout: Rollout, now: datetime) -> None:
    row = Assignment.objects.select_related("artifact", "reverts").get(pk=command.assignment)
    still = Assignment.objects.filter(pk=row.pk, state=row.state, latest=True)
    if row.artifact is None or not compare_and_set(still, latest=False):
        return
    attempt = row.attempt + 1
    _plan(row, row.artifact, Kind(row.kind), attempt=attempt, reverts=row.reverts, now=now)
    _note(row, "retry", f"attempt {attempt} is planned", now)


def _plan(
    old: Assignment,
    artifact: ReleaseArtifact,
    kind: Kind,
    *,
    attempt: int,
    reverts: Assignment | None,
    now: datetime,
) -> None:
    Assignment.objects.create(
        rollout_id=old.rollout_id,
        wave_id=old.wave_id,
        device_id=old.device_id,
        kind=kind,
        release_id=artifact.release_id,
        artifact=artifact,
        reverts=reverts,
        position=old.position,
        attempt=attempt,
        created_at=now,
        since=now,
    )


def _row(assignment: int, step: AssignmentStep) -> Assignment | None:
    """Return the assignment as it is now, if the step still fits it."""
    row = Assignment.objects.select_related("device").get(pk=assignment)
    return row if (AssignmentState(row.state), step) in ASSIGNMENT else None


def _note(row: Assignment, step: str, text: str, now: datetime) -> None:
    AssignmentEvent.objects.create(assignment=row, step=step, state=row.state, text=text, at=now)
