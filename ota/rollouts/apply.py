"""The engine's commands on the database, all of one decision in one transaction.

* The rollout's revision is compared first: a decision made from an older look is dropped whole, so
  two ticks at once never exceed a cap together.
* What many rows do at once is a few statements, and rollouts that share no device never wait for
  one another: `together`.
* What a device has done in the meantime wins: a command that no longer fits its assignment is left
  out, and the next look sees why.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import singledispatch
from itertools import groupby

from django.db import transaction

from fleet.access import audit
from fleet.lib.actor import system
from fleet.lib.db import advisory_lock, compare_and_set
from ota.engine import commands as c
from ota.engine.states import AssignmentState, Kind
from ota.engine.transitions import ASSIGNMENT, AssignmentStep
from ota.models import Assignment, AssignmentEvent, DeviceUpdateState, ReleaseArtifact, Rollout
from ota.rollouts.large import together
from ota.rollouts.news import announce_of_engine
from ota.rollouts.transitions import assignment_transition, rollout_transition, wave_transition

TICK = system("rollout tick")
ACTOR = TICK.label
COUNTER_FORBIDS = "stays as it is: it refuses the release before, whose security counter is lower"
NO_WAY_BACK = "stays as it is: it ran no release of ours before"


def apply(rollout: Rollout, commands: Sequence[c.Command], now: datetime) -> bool:
    """Carry out a decision; False when another process decided on the rollout first."""
    with transaction.atomic():
        advisory_lock(together.LEAVING_KEY, shared=True)  # no device leaves in between
        expected = Rollout.objects.filter(
            pk=rollout.pk, revision=rollout.revision, state=rollout.state
        )
        if not compare_and_set(expected, revision=rollout.revision + 1):
            return False
        for _, alike in groupby(commands, type):
            _carry_out_alike(list(alike), rollout, now)
    return True


def _carry_out_alike(commands: Sequence[c.Command], rollout: Rollout, now: datetime) -> None:
    """Those of one kind that follow one another."""
    together.assign([each.assignment for each in commands if isinstance(each, c.Assign)], now)
    late = {each.assignment: each.cause for each in commands if isinstance(each, c.Expire)}
    together.expire(late, now)
    for command in commands:
        if not isinstance(command, c.Assign | c.Expire):
            _carry_out(command, rollout, now)


@singledispatch
def _carry_out(command: c.Command, rollout: Rollout, now: datetime) -> None:
    raise NotImplementedError(command)


@_carry_out.register
def _move_rollout(command: c.MoveRollout, rollout: Rollout, now: datetime) -> None:
    rollout_transition(rollout, command.step, reason=command.reason, actor=ACTOR, now=now)
    announce_of_engine(command.step, rollout.pk, rollout.reason)
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
def _cancel(command: c.CancelAssignment, rollout: Rollout, now: datetime) -> None:
    row = _row(command.assignment, AssignmentStep.CANCEL)
    if row is not None:
        withdraw(row, command.reason, now)


def withdraw(row: Assignment, reason: str, now: datetime) -> bool:
    """Take an update back, or ask a device that has seen it to stop; False where somebody else
    moved it first.
    """
    unread = row.state == AssignmentState.OFFERED
    moved = assignment_transition(row, AssignmentStep.CANCEL, now=now, text=reason)
    if moved and unread:
        # The rollout is done with it; the device may have seen its number, and acknowledges.
        DeviceUpdateState.objects.update_or_create(device=row.device, defaults={"withdrawn": row})
    return moved


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
    if later := _given_later(row):
        _note(row, "revert", f"stays as it is: a later rollout gave it {later.release.title}", now)
        return
    if row.previous.release.counter < row.release.counter:
        _note(row, "revert", COUNTER_FORBIDS, now)
        return
    _plan(row, row.previous, Kind.ROLLBACK, attempt=1, reverts=row, now=now)
    _note(row, "revert", f"goes back to release {row.previous.release.public_id}", now)


def _given_later(row: Assignment) -> Assignment | None:
    """Return what replaced an update on its device since, and holds."""
    rows = Assignment.objects.filter(
        device_id=row.device_id,
        component=row.component,
        kind=Kind.UPDATE,
        pk__gt=row.pk,
        state=AssignmentState.SUCCEEDED,
        reverted=False,
    ).exclude(rollout_id=row.rollout_id)
    return rows.select_related("release__version__model").order_by("-pk").first()


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
        # The way back is no matter of taste: it is forced, and nobody is asked.
        delivery=old.delivery if kind is Kind.UPDATE else {},
        consent=old.consent if kind is Kind.UPDATE else "",
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
