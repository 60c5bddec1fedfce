"""Trying failed devices again, going on past a wave, and taking a release back everywhere."""

from typing import Final

from django.db import transaction
from django.db.models import F

from fleet.access import audit
from fleet.devices.choices import DeviceState
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, Refused
from fleet.lib.jobs import enqueue
from fleet.lib.verdict import Verdict
from ota.choices import MISSED_VALUES
from ota.engine.states import OPEN_WAVE, Kind, ReleaseState, RolloutState, WaveState
from ota.engine.transitions import RolloutStep, WaveStep
from ota.models import Assignment, Release, Rollout
from ota.rollouts.large.together import plan_again
from ota.rollouts.snapshot import latest_readings
from ota.rollouts.transitions import TICK_TASK, rollout_transition, wave_transition
from ota.selectors import rollouts_to_take_back

MOVING: Final = frozenset({RolloutState.RUNNING, RolloutState.PAUSED})


@transaction.atomic
def rollout_again(*, by: Actor, rollout: Rollout, reason: str = "") -> int:
    """Try each device again on which the rollout failed; return how many. Raises Conflict where
    there is none.
    """
    if rollout.release.state != ReleaseState.PUBLISHED:
        raise Conflict(f"Release {rollout.release.public_id} is {rollout.release.state}.")
    _decide_anew(rollout)
    missed = Assignment.objects.filter(
        rollout=rollout,
        latest=True,
        kind=Kind.UPDATE,
        state__in=MISSED_VALUES,
        reverted=False,
        device__state=DeviceState.ACCEPTED,
    )
    rows, now = list(missed.order_by("position", "pk")), clock.now()
    if not rows:
        raise Conflict(f"Rollout {rollout.public_id} has no failed device to try again.")
    some = f"{len(rows)} failed device{'' if len(rows) == 1 else 's'} tried again"
    words = f"{some}: {reason}" if reason else f"{some} by {by.label}"
    rollout_transition(rollout, RolloutStep.AGAIN, reason=words, actor=by.label, now=now)
    plan_again(rows, now)
    _record(by, "again", rollout, {"devices": len(rows), "reason": reason[:300]})
    return len(rows)


@transaction.atomic
def wave_skip(*, by: Actor, rollout: Rollout, wave: int, reason: str) -> Rollout:
    """Go on past the open wave before it was judged; its devices still get the release. Raises
    Refused without a reason, Conflict for another wave than the open one, or one that has failed.
    """
    if not reason.strip():
        raise Refused("Say why the wave is skipped.")
    _decide_anew(rollout)
    found = rollout.waves.exclude(state=WaveState.PASSED).first()
    shut = found is None or found.index != wave or found.state not in OPEN_WAVE
    if found is None or shut or rollout.state not in MOVING:
        raise Conflict(f"Wave {wave + 1} of rollout {rollout.public_id} is not open.")
    if any(each.verdict is Verdict.FAIL for each in latest_readings(found)):
        raise Conflict(f"A gate of wave {wave + 1} has failed, which nobody can skip.")
    now = clock.now()
    wave_transition(found, WaveStep.SKIP, reason=f"skipped: {reason}", actor=by.label, now=now)
    _record(by, "skip_wave", rollout, {"wave": wave, "reason": reason[:300]})
    return rollout


@transaction.atomic
def release_roll_back(*, by: Actor, release: Release, reason: str = "") -> list[Rollout]:
    """Take a release back in every rollout that gave it to devices. Raises Conflict where none
    did.
    """
    found = list(rollouts_to_take_back(release).select_for_update(of=("self",)))
    if not found:
        raise Conflict(f"No rollout of {release.title} has anything to take back.")
    words, now = reason or f"{release.title} is rolled back everywhere by {by.label}", clock.now()
    for rollout in found:
        rollout_transition(rollout, RolloutStep.ROLL_BACK, reason=words, actor=by.label, now=now)
        _record(by, RolloutStep.ROLL_BACK.value, rollout, {"reason": words[:300]})
    ids = [rollout.public_id for rollout in found]
    detail = {"rollouts": ids[:100], "reason": reason[:300]}
    audit.record(by=by, action="ota.release_roll_back", subject=release.public_id, detail=detail)
    return found


def _decide_anew(rollout: Rollout) -> None:
    """Make a decision that is under way stale: it has not seen what is done now."""
    Rollout.objects.filter(pk=rollout.pk).update(revision=F("revision") + 1)
    rollout.refresh_from_db(fields=["state", "revision"])


def _record(by: Actor, act: str, rollout: Rollout, detail: dict[str, object]) -> None:
    audit.record(by=by, action=f"ota.rollout_{act}", subject=rollout.public_id, detail=detail)
    enqueue(TICK_TASK, rollout.pk)
