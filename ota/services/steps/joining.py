"""Devices that come into the group of a rollout after its start: what its policy says of them.

They join its last wave. Where that has passed already it is opened again, so that those who come
later are judged as those before were; a wave that has failed or was closed takes nobody.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from fleet.lib.db import compare_and_set
from ota.engine.rules import Joins, Rules
from ota.engine.states import OPEN_WAVE, RolloutState, WaveState
from ota.engine.transitions import WaveStep
from ota.models import Rollout, RolloutEvent, Wave
from ota.planning.joining import joining_parts, newcomers
from ota.planning.parts import content_of, draft_of
from ota.rollouts.apply import ACTOR
from ota.rollouts.large.planting import places_fix, waits
from ota.rollouts.transitions import wave_transition
from ota.services.steps.places import placed_devices

EVERY: Final = timedelta(seconds=30)  # between two looks at a group
TAKING: Final = OPEN_WAVE | {WaveState.PENDING, WaveState.PASSED}


def devices_join(rollout: Rollout, rules: Rules, now: datetime) -> int:
    """Give the newcomers of a running rollout their places, if it is time; how many there are."""
    if rules.joins is Joins.NO or rollout.state != RolloutState.RUNNING or not _due(rollout, now):
        return 0
    with transaction.atomic():
        mine = Rollout.objects.filter(pk=rollout.pk, joined_at=rollout.joined_at)
        if waits(rollout) or not compare_and_set(mine, joined_at=now):
            return 0
        rollout.joined_at = now
        wave = rollout.waves.last()
        if wave is None or wave.state not in TAKING or not newcomers(rollout).exists():
            return 0
        return _join(rollout, wave, now)


def _due(rollout: Rollout, now: datetime) -> bool:
    last = rollout.joined_at or rollout.started_at
    return last is None or now >= last + EVERY


def _join(rollout: Rollout, wave: Wave, now: datetime) -> int:
    content = content_of(draft_of(rollout))
    parts = list(joining_parts(rollout, content, now, newcomers(rollout)))
    places_fix(rollout, placed_devices(rollout, content, parts))
    able = sum(not part.skipped for part in parts)
    words = f"{len(parts)} device{'' if len(parts) == 1 else 's'} came into the group"
    if able and wave.state == WaveState.PASSED:
        wave_transition(wave, WaveStep.JOIN, reason=words, actor=ACTOR, now=now)
    else:
        RolloutEvent.objects.create(
            rollout=rollout,
            wave=wave,
            step=WaveStep.JOIN,
            state=wave.state,
            text=words,
            actor=ACTOR,
            at=now,
        )
    return len(parts)
