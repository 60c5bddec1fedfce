"""Every change of state goes through here: the table, a compare-and-set, and the event row.

Callers hold a transaction, so that the change and its event are committed together or not at all.
Raises Conflict for a step that the table does not have, Stale when another caller was first.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Stale
from ota.engine.states import FINISHED, AssignmentState, RolloutState, WaveState
from ota.engine.transitions import (
    ASSIGNMENT,
    ROLLOUT,
    WAVE,
    AssignmentStep,
    IllegalTransition,
    RolloutStep,
    WaveStep,
    advance,
)
from ota.models import Assignment, AssignmentEvent, Rollout, RolloutEvent, Wave
from ota.models.assignment import TEXT_MAX
from ota.models.rollout import REASON_MAX
from ota.rollouts.news import announce
from ota.rollouts.outside.approvals import approval_ask

TICK_TASK: Final = "ota.tasks.rollout_tick"  # looks at a rollout once a part of it has moved
_ENDS = frozenset({RolloutStep.FINISH, RolloutStep.ABORT_DONE, RolloutStep.ROLL_BACK_DONE})
# The sentence that people look for is why it was stopped, not that it has come to rest.
_KEEPS_REASON = frozenset({RolloutStep.ABORT_DONE, RolloutStep.ROLL_BACK_DONE, RolloutStep.AGAIN})
_BEGINS = frozenset({RolloutStep.RESUME, RolloutStep.ROLL_BACK, RolloutStep.AGAIN})


def rollout_transition(
    rollout: Rollout, step: RolloutStep, *, reason: str, actor: str, now: datetime
) -> None:
    """Move a rollout; its instance is brought up to date."""
    try:
        target = advance(ROLLOUT, RolloutState(rollout.state), step)
    except IllegalTransition as error:
        raise Conflict(f"Rollout {rollout.public_id}: {error}.", code="illegal_step") from error
    words = reason[:REASON_MAX]
    changes: dict[str, Any] = {"state": target}
    if step not in _KEEPS_REASON:
        changes["reason"] = words
    if step is RolloutStep.START:
        changes["started_at"] = now
    if step in _ENDS or target is RolloutState.ABORTED:
        changes["finished_at"] = now
    elif step in _BEGINS:
        changes["finished_at"] = None
    expected = Rollout.objects.filter(pk=rollout.pk, state=rollout.state)
    if not compare_and_set(expected, **changes):
        raise Stale(f"Rollout {rollout.public_id} was changed at the same time.")
    _assign_all(rollout, changes)
    RolloutEvent.objects.create(
        rollout=rollout, step=step, state=target, text=words, actor=actor, at=now
    )
    announce(step, rollout.pk, words)


def wave_transition(wave: Wave, step: WaveStep, *, reason: str, actor: str, now: datetime) -> None:
    """Move a wave; opening and trying again restart its judgement."""
    target = advance(WAVE, WaveState(wave.state), step)
    changes: dict[str, Any] = {"state": target, "since": now, "reason": reason[:REASON_MAX]}
    if step is WaveStep.OPEN:
        changes |= {"opened_at": now, "judged_from": now, "gates_at": None}
    if step is WaveStep.RETRY:
        changes |= {"judged_from": now, "gates_at": None}
    if not compare_and_set(Wave.objects.filter(pk=wave.pk, state=wave.state), **changes):
        raise Stale(f"Wave {wave.index + 1} was changed at the same time.")
    _assign_all(wave, changes)
    RolloutEvent.objects.create(
        rollout_id=wave.rollout_id,
        wave=wave,
        step=step,
        state=target,
        text=changes["reason"],
        actor=actor,
        at=now,
    )
    if target is WaveState.PASSED:
        approval_ask(wave.rollout)


def assignment_transition(
    assignment: Assignment,
    step: AssignmentStep,
    *,
    now: datetime,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
    **changes: Any,
) -> bool:
    """Move an assignment; False when another caller was first, and nothing was written."""
    target = advance(ASSIGNMENT, AssignmentState(assignment.state), step)
    changes |= {"state": target, "since": now, "text": text[:TEXT_MAX]}
    if target in FINISHED:
        changes["finished_at"] = now
    expected = Assignment.objects.filter(pk=assignment.pk, state=assignment.state)
    if not compare_and_set(expected, **changes):
        return False
    _assign_all(assignment, changes)
    AssignmentEvent.objects.create(
        assignment=assignment,
        step=step,
        state=target,
        text=text[:TEXT_MAX],
        detail=dict(detail or {}),
        at=now,
    )
    return True


def _assign_all(row: Rollout | Wave | Assignment, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
