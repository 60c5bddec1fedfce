"""Rollouts as operators see them: create, start, pause, resume, abort, roll back.

* The group's membership is frozen at the start; so are the order of devices and the waves.
* A device that runs the release already, or has nothing to install, is skipped with a reason.
* Each operation wakes the tick; the engine does the rest.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from fleet.access import audit
from fleet.devices import selectors as devices
from fleet.devices.models import Device, Group
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, Unprocessable
from fleet.lib.jobs import enqueue
from ota.engine.rules import Rules
from ota.engine.states import AssignmentState, ReleaseState, WaveState
from ota.engine.transitions import RolloutStep, WaveStep
from ota.engine.waves import device_order, wave_ends, wave_of
from ota.models import Assignment, Release, ReleaseArtifact, Rollout, Wave
from ota.rollouts import policy
from ota.rollouts.running import runs_release
from ota.rollouts.transitions import TICK_TASK, rollout_transition, wave_transition

DEVICES_MAX = 200_000  # in one rollout
BATCH = 1000  # rows a bulk insert


@transaction.atomic
def rollout_create(
    *,
    by: Actor,
    release: Release,
    group: Group,
    policy_name: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Rollout:
    """Plan a rollout; nothing moves until it is started."""
    document = policy.resolve(policy_name, overrides)
    _require_published(release)
    _require_artifacts(release, group)
    rollout = Rollout.objects.create(
        release=release,
        group=group,
        policy=document,
        created_by=f"{by.kind}:{by.id}",
        created_label=by.label,
    )
    rules = policy.parse(document)
    Wave.objects.bulk_create(
        Wave(rollout=rollout, index=index, share_percent=wave.share_percent)
        for index, wave in enumerate(rules.waves)
    )
    detail = {"release": release.public_id, "group": group.name, "policy": document["name"]}
    audit.record(by=by, action="ota.rollout_create", subject=rollout.public_id, detail=detail)
    return rollout


def _require_published(release: Release) -> None:
    if release.state != ReleaseState.PUBLISHED:
        raise Conflict(f"Release {release.public_id} is {release.state}, not published.")


def _require_artifacts(release: Release, group: Group) -> None:
    """A group with a target that the release was not built for would stay half updated."""
    members = devices.group_members(group).order_by()
    wanted = set(members.values_list("target", flat=True).distinct())
    if not wanted:
        raise Unprocessable(f"Group {group.name} has no accepted device.", code="empty_group")
    missing = sorted(wanted - set(release.artifacts.values_list("target", flat=True)))
    if missing:
        names = ", ".join(missing)
        raise Unprocessable(
            f"Group {group.name} has devices of target {names}, "
            "and the release has nothing for them.",
            code="missing_artifacts",
            extra={"targets": missing},
        )


@transaction.atomic
def rollout_start(*, by: Actor, rollout: Rollout) -> Rollout:
    """Freeze who takes part, and let the engine begin."""
    now = clock.now()
    _require_published(rollout.release)
    _require_artifacts(rollout.release, rollout.group)
    _operate(rollout, RolloutStep.START, by, "started", now)
    _plan(rollout, policy.parse(rollout.policy), now)
    return rollout


def _plan(rollout: Rollout, rules: Rules, now: datetime) -> None:
    members = {d.public_id: d for d in devices.group_members(rollout.group)}
    if len(members) > DEVICES_MAX:
        raise Unprocessable(f"A rollout takes at most {DEVICES_MAX} devices, not {len(members)}.")
    order = device_order(rollout.public_id, members)
    ends = wave_ends(len(order), rules.waves)
    waves = {wave.index: wave for wave in rollout.waves.all()}
    artifacts = {a.target: a for a in rollout.release.artifacts.all()}
    Assignment.objects.bulk_create(
        (
            _assignment(rollout, members[name], waves[wave_of(at, ends)], artifacts, at, now)
            for at, name in enumerate(order)
        ),
        batch_size=BATCH,
    )


def _assignment(
    rollout: Rollout,
    device: Device,
    wave: Wave,
    artifacts: Mapping[str, ReleaseArtifact],
    position: int,
    now: datetime,
) -> Assignment:
    artifact = artifacts.get(device.target)
    skipped = _skip_reason(rollout, device, artifact)
    return Assignment(
        rollout=rollout,
        wave=wave,
        device=device,
        release=rollout.release,
        artifact=artifact,
        position=position,
        state=AssignmentState.SKIPPED if skipped else AssignmentState.PLANNED,
        text=skipped,
        created_at=now,
        since=now,
        finished_at=now if skipped else None,
    )


def _skip_reason(rollout: Rollout, device: Device, artifact: ReleaseArtifact | None) -> str:
    if artifact is None:
        return f"the release has nothing for target {device.target}"
    if runs_release(device.running, rollout.release):
        return "the device runs this release already"
    return ""


@transaction.atomic
def rollout_pause(*, by: Actor, rollout: Rollout, reason: str = "") -> Rollout:
    """No new device; those under way finish."""
    return _operate(rollout, RolloutStep.PAUSE, by, reason or f"paused by {by.label}", clock.now())


@transaction.atomic
def rollout_resume(*, by: Actor, rollout: Rollout, reason: str = "") -> Rollout:
    """Go on. A failed wave is judged again from now on; its gates have to pass as before."""
    now = clock.now()
    words = reason or f"resumed by {by.label}"
    _operate(rollout, RolloutStep.RESUME, by, words, now)
    # Whoever goes on has seen which devices fell back: passed waves count from now on, too.
    rollout.waves.filter(state=WaveState.PASSED).update(judged_from=now)
    for wave in rollout.waves.filter(state=WaveState.FAILED):
        wave_transition(wave, WaveStep.RETRY, reason=words, actor=by.label, now=now)
    return rollout


@transaction.atomic
def rollout_abort(*, by: Actor, rollout: Rollout, reason: str = "") -> Rollout:
    """Stop permanently; devices that took the release keep it."""
    return _operate(rollout, RolloutStep.ABORT, by, reason or f"aborted by {by.label}", clock.now())


@transaction.atomic
def rollout_roll_back(*, by: Actor, rollout: Rollout, reason: str = "") -> Rollout:
    """Give every device that took the release what it ran before."""
    words = reason or f"rolled back by {by.label}"
    return _operate(rollout, RolloutStep.ROLL_BACK, by, words, clock.now())


def _operate(rollout: Rollout, step: RolloutStep, by: Actor, reason: str, now: datetime) -> Rollout:
    rollout_transition(rollout, step, reason=reason, actor=by.label, now=now)
    audit.record(
        by=by,
        action=f"ota.rollout_{step.value}",
        subject=rollout.public_id,
        detail={"reason": reason[:300]},
    )
    enqueue(TICK_TASK, rollout.pk)
    return rollout
