"""Is a version well on some devices since some time? What a rollout's gate asks.

Guarantees: reads the reports themselves, since a moment that no bucket knows; no device counts for
more than its bound; a pass needs enough devices and enough inferences, and so does a fail by
drift.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import numpy as np

from device_agent.protocol.schema import TelemetrySchema as Parsed
from fleet.lib.verdict import Verdict
from fleet.telemetry.drift.compare import Distribution
from fleet.telemetry.drift.defaults import Thresholds
from fleet.telemetry.drift.errors import NotEnoughData
from fleet.telemetry.drift.judge import Judged, judge
from fleet.telemetry.drift.mean_shift import MeanDrop, mean_drop
from fleet.telemetry.drift.unit import Unit, pool
from fleet.telemetry.drift.verdict import Control, Evidence, verdict
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.layout import CONFIDENCE, PREDICTION, Whole
from fleet.telemetry.ingest.counts.units import bounded_units
from fleet.telemetry.ingest.counts.window import device_counts
from fleet.telemetry.models import TelemetrySchema
from fleet.telemetry.monitor.control import control_of
from fleet.telemetry.monitor.evidence import control_json, judged_json, look_json, measured_json
from fleet.telemetry.monitor.guarding import rollout_look
from fleet.telemetry.monitor.thresholds import limits
from registry.models import ModelVersion

REASONS_TOLD: Final = 2


@dataclass(frozen=True)
class Health:
    """The verdict and what it rests on; `features` are (name, debiased PSI, p) of those that
    drifted.
    """

    verdict: Verdict
    sentence: str
    samples: int
    devices: int
    features: tuple[tuple[str, float, float], ...] = ()
    prediction_psi: float | None = None
    p: float | None = None
    confidence_drop: float | None = None
    errors_share: float = 0.0
    evidence: dict[str, Any] = field(default_factory=dict)


def model_health(
    version: ModelVersion,
    device_ids: Collection[int],
    since: datetime,
    *,
    began: datetime | None = None,
) -> Health:
    """Return how `version` does on the devices (by primary key) in windows that began since then.

    It is compared with its reference, and with what other versions of the model do now on other
    devices; these comparisons go back to `began`, when the first device was to have the version.
    """
    schema = _schema(version)
    if schema is None:
        return Health(Verdict.INCONCLUSIVE, "this version has no reference profile", 0, 0)
    parsed, bounds = counts.schema_of(schema.document), limits()
    devices = device_counts(schema, since, only=device_ids)
    units = bounded_units(parsed, devices, ratio=bounds.contribution_ratio)
    together = pool("devices", units.values())
    control = control_of(version, together, device_ids, since, bounds) if devices else None
    reference = counts.reference(parsed, schema.reference.counts)
    look = rollout_look(version, schema, device_ids, began or since) if devices else None
    found = _evidence(parsed, reference, devices, together, control, bounds)
    return _health(replace(found, look=look), bounds)


def _schema(version: ModelVersion) -> TelemetrySchema | None:
    found = TelemetrySchema.objects.filter(version=version, reference__isnull=False)
    return found.select_related("reference").order_by("-created_at", "-pk").first()


def _evidence(
    parsed: Parsed,
    reference: list[Distribution],
    devices: dict[str, tuple[Whole, int]],
    together: Unit,
    control: Control | None,
    bounds: Thresholds,
) -> Evidence:
    return Evidence(
        samples=sum(samples for _, samples in devices.values()),
        devices=len(devices),
        judged=_judge(together, reference, bounds),
        confidence=_confidence(together, reference),
        errors=_errors(parsed, devices, bounds),
        control=control,
    )


def _errors(parsed: Parsed, devices: dict[str, tuple[Whole, int]], bounds: Thresholds) -> float:
    """Failed inferences, no device with more than its bound of what was tried."""
    failed = [counts.counter(parsed, row, "errors") for row, _ in devices.values()]
    tried = [n + samples for n, (_, samples) in zip(failed, devices.values(), strict=True)]
    bound = bounds.contribution_ratio * float(np.median(tried)) if tried else 0.0
    return sum(min(n, bound * n / of) for n, of in zip(failed, tried, strict=True) if of)


def _judge(unit: Unit, reference: list[Distribution], bounds: Thresholds) -> Judged | None:
    try:
        return judge(unit, reference, min_samples=bounds.min_samples, limits=bounds)
    except NotEnoughData:
        return None


def _confidence(unit: Unit, reference: list[Distribution]) -> MeanDrop | None:
    row = next((each.reference for each in reference if each.name == CONFIDENCE), None)
    if row is None or CONFIDENCE not in unit.rows:
        return None
    try:
        return mean_drop(row, unit.rows[CONFIDENCE])
    except NotEnoughData:
        return None


def _health(evidence: Evidence, bounds: Thresholds) -> Health:
    found = verdict(evidence, bounds)
    judged, drop = evidence.judged, evidence.confidence
    by_name = {each.comparison.name: each.comparison for each in judged.findings} if judged else {}
    tried = evidence.samples + evidence.errors
    return Health(
        verdict=found.state,
        sentence=in_short(found.reasons),
        samples=int(evidence.samples),
        devices=evidence.devices,
        features=tuple(
            (each.comparison.name, each.comparison.psi.debiased, each.comparison.p)
            for each in (judged.drifted if judged else ())
        ),
        prediction_psi=by_name[PREDICTION].psi.debiased if PREDICTION in by_name else None,
        p=judged.p if judged else None,
        confidence_drop=drop.drop if drop else None,
        errors_share=evidence.errors / tried if tried else 0.0,
        evidence={
            "reasons": list(found.reasons),
            "samples": int(evidence.samples),
            "devices": evidence.devices,
            "errors": int(evidence.errors),
            "confidence": [round(drop.reference, 4), round(drop.current, 4)] if drop else None,
            "findings": judged_json(judged) if judged else [],
            "control": control_json(evidence.control),
            "look": look_json(evidence.look),
            "measured": measured_json(evidence, bounds),
        },
    )


def in_short(reasons: Sequence[str]) -> str:
    """Return the first reasons as a sentence that fits a page; the evidence holds all of them."""
    told, rest = reasons[:REASONS_TOLD], len(reasons) - REASONS_TOLD
    return "; ".join(told) + (f"; and {rest} more" if rest > 0 else "")
