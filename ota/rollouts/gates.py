"""The gates' answers: measured at most every few seconds, written down when they change.

A gate that cannot be measured answers "inconclusive", which holds the wave; it never passes one.
A new gate is a name in `Gate` with its promise (`ota/engine/states.py`), and here a function and
its row in `GATES`; its numbers are rules (`ota/engine/rules.py`, `ota/rollouts/policy.py`). The
telemetry gate judges latency, errors, confidence and more: `fleet/telemetry/judgement/metrics.py`.
Its sentence for people is its promise, with its numbers in words (`ota/planning/words.py`) and
their fields in the editor (`fleet/console/present/policy_editor.py`). Software of others has no
gates that measure a model: `ota/services/rollout.py`. A gate with arithmetic of its own has it in
two files, as restarts: `ota/engine/restarts.py` decides, `ota/rollouts/restarts.py` counts. No
policy that is shipped asks for a new gate by itself.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from fleet.lib import clock
from fleet.lib.db import compare_and_set
from fleet.lib.verdict import Verdict
from fleet.telemetry.field.truth.guard import labels_verdict
from fleet.telemetry.monitor import health as monitor
from ota.engine.restarts import MARGIN, restart_look
from ota.engine.rules import Rules
from ota.engine.states import OPEN_WAVE, AssignmentState, Gate, Kind, WaveState
from ota.models import Assignment, GateResult, Rollout, Wave
from ota.models.rollout import REASON_MAX
from ota.rollouts import policy
from ota.rollouts.agreement import AgreementWanted, agreement, decide, on_devices
from ota.rollouts.looks import failures_found, looks_record
from ota.rollouts.outside.checks import check_word
from ota.rollouts.restarts import restarts_of

FAILURES: Final = "failures"  # the name under which looks of the failure rules are kept
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
    began = rollout.waves.aggregate(first=Min("opened_at"))["first"]
    health = monitor.model_health(rollout.release.model_version, devices, since, began=began)
    return GateAnswer(health.verdict, health.sentence, health.evidence)


def labels_gate(rollout: Rollout, wave: Wave) -> GateAnswer:
    """How often the model is right on the devices that run it, by labels that arrived."""
    devices = list(updated_devices(rollout, wave))
    if not devices:
        return GateAnswer(Verdict.INCONCLUSIVE, "no device runs the release yet")
    margin = policy.parse(rollout.policy).labels_margin_points / 100
    since = wave.opened_at or wave.since
    found = labels_verdict(rollout.release.model_version, devices, since, margin=margin)
    sentence = monitor.in_short(found.look.reasons)
    return GateAnswer(Verdict(str(found.look.state)), sentence, found.evidence)


def shadow_gate(rollout: Rollout, wave: Wave) -> GateAnswer:
    """How often the release agreed with what devices ran, when it ran beside it."""
    del wave
    rules = policy.parse(rollout.policy)
    wanted = AgreementWanted(
        rules.shadow_agreement_percent / 100, rules.shadow_inferences, rules.shadow_devices
    )
    version = rollout.release.model_version
    verdict, sentence = decide(on_devices(version), wanted)
    return GateAnswer(verdict, sentence, {"agreement": agreement(version)})


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


def restarts_gate(rollout: Rollout, wave: Wave) -> GateAnswer:
    """Whether devices that took the release restart more often than those still to come."""
    new, old = restarts_of(rollout, wave, clock.now())
    if not new.by_device:
        return GateAnswer(Verdict.INCONCLUSIVE, "no device runs the release yet")
    found = restart_look(new, old)
    row = {
        "metric": "crashes and restarts",
        "estimate": found.estimate,
        "low": finite(found.fails[0]),
        "high": finite(found.fails[1]),
        "pass_low": finite(found.passes[0]),
        "pass_high": finite(found.passes[1]),
        "margin": MARGIN,
        "harm": 1,
        "verdict": str(found.verdict),
        "sentence": found.sentence,
    }
    evidence = {"devices": len(new.by_device), "samples": 0, "measured": [row]}
    return GateAnswer(found.verdict, found.sentence, evidence)


def check_gate(rollout: Rollout, wave: Wave) -> GateAnswer:
    """What somebody outside says who was asked."""
    return GateAnswer(*check_word(rollout, wave))


def finite(value: float) -> float | None:
    """Return a number that JSON can hold, or None."""
    return value if isfinite(value) else None


GATES: dict[Gate, Measure] = {
    Gate.TELEMETRY: telemetry_gate,
    Gate.LABELS: labels_gate,
    Gate.SHADOW: shadow_gate,
    Gate.RESTARTS: restarts_gate,
    Gate.CHECK: check_gate,
}


def refresh(rollout: Rollout, rules: Rules, now: datetime) -> None:
    """Ask the gates of the open wave, if it is time."""
    wave = rollout.waves.filter(state__in=sorted(OPEN_WAVE)).first()
    if wave is None or not rules.gates or not _due(wave, now):
        return
    for name in rules.gates:
        answer = _ask(name, rollout, wave)
        _record(rollout, wave, name, answer, now)
        looks_record(rollout, wave, name, measured(answer), now)
    looks_record(rollout, wave, FAILURES, failures_found(rollout, rules), now)
    compare_and_set(Wave.objects.filter(pk=wave.pk, state=wave.state), gates_at=now)


def measured(answer: GateAnswer) -> list[Mapping[str, Any]]:
    """Return what a gate found of each metric, after its word on all of them together."""
    seen = {key: answer.evidence.get(key, 0) for key in ("devices", "samples")}
    whole = {"metric": "", "verdict": answer.verdict, "sentence": answer.sentence}
    return [{**each, **seen} for each in (whole, *answer.evidence.get("measured", ()))]


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
