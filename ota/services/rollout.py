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
from fleet.devices.models import Group
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, Unprocessable
from fleet.lib.jobs import enqueue
from ota.delivery.handling import DeltaUse
from ota.engine.states import Gate, ReleaseState, WaveState
from ota.engine.transitions import RolloutStep, WaveStep
from ota.models import Release, Rollout, Wave
from ota.planning.named_policies import resolve
from ota.planning.parts import content_of, draft_of, parts_of
from ota.releases.artifacts import ANY_TARGET
from ota.releases.deltas.asking import ask_for_group
from ota.rollouts import policy
from ota.rollouts.large.planting import places_fix, plant
from ota.rollouts.outside.approvals import approval_ask
from ota.rollouts.transitions import TICK_TASK, rollout_transition, wave_transition
from ota.services.steps.approval import require_approved
from ota.services.steps.checks import require_destination
from ota.services.steps.places import placed_devices
from registry.selectors import require_standing

DEVICES_MAX = 1_000_000  # in one rollout
PIECES_AT_ONCE = 3  # of assignments that are made before a start is answered


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
    document = rollout_document(release, policy_name, overrides)
    _require_published(release)
    if release.version is not None:
        require_standing(release.version)
    require_artifacts(release, group)
    rollout = Rollout.objects.create(
        release=release,
        group=group,
        policy=document,
        created_by=f"{by.kind}:{by.id}",
        created_label=by.label,
    )
    rules = policy.parse(document)
    Wave.objects.bulk_create(
        Wave(
            rollout=rollout,
            index=index,
            share_percent=wave.share_percent,
            count=wave.count,
            query=wave.query,
        )
        for index, wave in enumerate(rules.waves)
    )
    approval_ask(rollout)
    if policy.delivery_of(document).deltas is not DeltaUse.NEVER:
        ask_for_group(release, group)
    detail = {"release": release.public_id, "group": group.name, "policy": document["name"]}
    audit.record(by=by, action="ota.rollout_create", subject=rollout.public_id, detail=detail)
    return rollout


def rollout_document(
    release: Release, policy_name: str | None, overrides: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the complete policy that a rollout of the release would have. Raises Refused."""
    document = resolve(policy_name, overrides)
    if release.version is None:
        # They measure a model; what software of others does is told by its devices alone.
        document["gates"] = [gate for gate in document["gates"] if gate == Gate.CHECK]
    require_destination(policy.parse(document))
    return document


def _require_published(release: Release) -> None:
    if release.state != ReleaseState.PUBLISHED:
        raise Conflict(f"Release {release.public_id} is {release.state}, not published.")


def require_artifacts(release: Release, group: Group) -> None:
    """A group with a target that the release was not built for would stay half updated."""
    members = devices.group_members(group).order_by()
    wanted = set(members.values_list("target", flat=True).distinct())
    if not wanted:
        raise Unprocessable(f"Group {group.name} has no accepted device.", code="empty_group")
    there = set(release.artifacts.values_list("target", flat=True))
    missing = [] if ANY_TARGET in there else sorted(wanted - there)
    if missing:
        names = ", ".join(missing)
        raise Unprocessable(
            f"Group {group.name} has devices of target {names}, "
            "and the release has nothing for them.",
            code="missing_artifacts",
            extra={"targets": missing},
        )


def rollout_start(*, by: Actor, rollout: Rollout) -> Rollout:
    """Freeze who takes part, and let the engine begin."""
    now = clock.now()
    with transaction.atomic():
        _require_published(rollout.release)
        require_artifacts(rollout.release, rollout.group)
        require_approved(rollout)
        _operate(rollout, RolloutStep.START, by, "started", now)
        _fix(rollout, now)
        # Others were asked for when it was planned, or are when a device needs them.
        if policy.delivery_of(rollout.policy).deltas is DeltaUse.WAIT:
            ask_for_group(rollout.release, rollout.group)
    # The first devices can begin at once; ticks go on with what is left of a large fleet.
    plant(rollout, PIECES_AT_ONCE)
    return rollout


def _fix(rollout: Rollout, now: datetime) -> None:
    count = devices.group_members(rollout.group).count()
    if count > DEVICES_MAX:
        raise Unprocessable(f"A rollout takes at most {DEVICES_MAX} devices, not {count}.")
    draft = draft_of(rollout)
    content = content_of(draft)
    places_fix(rollout, placed_devices(rollout, content, parts_of(draft, content, now)))


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
