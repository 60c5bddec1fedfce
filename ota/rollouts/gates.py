"""The gates' answers: measured at most every few seconds, written down when they change.

A gate that cannot be measured answers "inconclusive", which holds the wave; it never passes one.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from fleet.lib.db import compare_and_set
from fleet.telemetry.monitor import health as monitor
from ota.engine.rules import Rules
from ota.engine.states import OPEN_WAVE, AssignmentState, Gate, Kind, Verdict, WaveState
from ota.models import Assignment, GateResult, Rollout, Wave
from ota.models.rollout import REASON_MAX

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """A verdict, why in one sentence, and the numbers behind it (plain JSON)."""

    verdict: Verdict
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


Measure = Callable[[Rollout, Wave], GateAnswer]


def telemetry_gate(rollout: Rollout, wave: Wave) -> GateAnswer:
    """Return what the model does on the devices that run it, against its reference."""
    devices = list(updated_devices(rollout, wave))
    if not devices:
        return GateAnswer(Verdict.INCONCLUSIVE, "no device runs the release yet")
    since = wave.opened_at or wave.since
    health = monitor.model_health(rollout.release.version, devices, since)
    return GateAnswer(Verdict(str(health.verdict)), health.sentence, health.evidence)


def updated_devices(rollout: Rollout, wave: Wave) -> list[int]:
    """Return keys of the devices that took the release, in this wave and the ones before it.

    The earlier ones count on: a small wave alone might never have enough samples for a verdict.
    """
    rows = Assignment.objects.filter(
        rollout=rollout,
        wave__index__lte=wave.index,
        kind=Kind.UPDATE,
        latest=True,
        state=AssignmentState.SUCCEEDED,
    )
    return list(rows.values_list("device_id", flat=True))


GATES: dict[Gate, Measure] = {Gate.TELEMETRY: telemetry_gate}


def refresh(rollout: Rollout, rules: Rules, now: datetime) -> None:
    """Ask the gates of the open wave, if it is time."""
    wave = rollout.waves.filter(state__in=sorted(OPEN_WAVE)).first()
    if wave is None or not rules.gates or not _due(wave, now):
        return
    for name in rules.gates:
        _record(rollout, wave, name, _ask(name, rollout, wave), now)
    compare_and_set(Wave.objects.filter(pk=wave.pk, state=wave.state), gates_at=now)


def _due(wave: Wave, now: datetime) -> bool:
    every = timedelta(seconds=settings.EDGEFLEET_GATE_SECONDS)
    soaking_news = wave.state == WaveState.SOAKING and wave.gates_at is None
    return soaking_news or wave.gates_at is None or now >= wave.gates_at + every


def _ask(name: str, rollout: Rollout, wave: Wave) -> GateAnswer:
    try:
        return GATES[Gate(name)](rollout, wave)
    except Exception:  # a gate that breaks must hold the rollout, not pass it or stop the tick
        log.exception("gate %s of rollout %s could not be measured", name, rollout.public_id)
        return GateAnswer(Verdict.INCONCLUSIVE, "the gate could not be measured; see the log")


def _record(rollout: Rollout, wave: Wave, name: str, answer: GateAnswer, now: datetime) -> None:
    last = GateResult.objects.filter(wave=wave, gate=name, at__gte=wave.judged_from).first()
    said = (answer.verdict, answer.sentence[:REASON_MAX])
    if last is not None and (last.verdict, last.sentence) == said:
        return
    with transaction.atomic():
        GateResult.objects.create(
            rollout=rollout,
            wave=wave,
            gate=name,
            verdict=said[0],
            sentence=said[1],
            evidence=dict(answer.evidence),
            at=now,
        )
