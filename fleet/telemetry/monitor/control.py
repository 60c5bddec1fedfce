"""The control of a rollout: what other versions of the model do, at the same time, on devices
not yet updated.

Guarantees: a change of the world that hits both alike blames nobody; without enough control data
there is no comparison, never a guess; devices that are judged are never their own control.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count

from fleet.telemetry.drift.compare import Distribution, compare
from fleet.telemetry.drift.defaults import Thresholds
from fleet.telemetry.drift.errors import NotEnoughData
from fleet.telemetry.drift.histogram import Counts
from fleet.telemetry.drift.judge import Finding
from fleet.telemetry.drift.mean_shift import MeanDrop, mean_drop
from fleet.telemetry.drift.unit import Unit, pool
from fleet.telemetry.drift.verdict import Control
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.layout import CONFIDENCE, PREDICTION, Whole
from fleet.telemetry.ingest.counts.units import bounded_units
from fleet.telemetry.ingest.counts.window import device_counts
from fleet.telemetry.models import Report, TelemetrySchema
from registry.models import ModelVersion


def control_of(
    version: ModelVersion,
    judged: Unit,
    judged_ids: Collection[int],
    since: datetime,
    limits: Thresholds,
) -> Control | None:
    """Return the comparison with the other version that has most reports, or None without one."""
    schema = _busiest_other(version, judged_ids, since)
    if schema is None:
        return None
    parsed = counts.schema_of(schema.document)
    others = device_counts(schema, since, exclude=judged_ids)
    units = bounded_units(parsed, others, ratio=limits.contribution_ratio)
    together = pool("control", units.values())
    same = parsed.classes == tuple(version.class_names) or not version.class_names
    return Control(
        name=f"{schema.version.label}",
        samples=_samples(others),
        devices=len(others),
        prediction=_prediction(together, judged, limits) if same else None,
        confidence=_confidence(together, judged, limits),
    )


def _busiest_other(
    version: ModelVersion, judged_ids: Collection[int], since: datetime
) -> TelemetrySchema | None:
    rows = Report.objects.filter(schema__version__model=version.model_id, opened_at__gte=since)
    others = rows.exclude(schema__version=version).exclude(device_id__in=judged_ids)
    found = others.values("schema").annotate(n=Count("pk")).order_by("-n", "schema").first()
    if found is None:
        return None
    return TelemetrySchema.objects.select_related("version").get(pk=found["schema"])


def _samples(devices: dict[str, tuple[Whole, int]]) -> int:
    return sum(samples for _, samples in devices.values())


def _prediction(control: Unit, judged: Unit, limits: Thresholds) -> Finding | None:
    rows = _both(control, judged, PREDICTION, limits)
    if rows is None:
        return None
    try:
        found = compare(
            Distribution(PREDICTION, rows[0], ordered=False),
            rows[1],
            limits=limits,
        )
    except NotEnoughData:
        return None
    return Finding(found, found.p, found.is_drift(found.p, limits))


def _confidence(control: Unit, judged: Unit, limits: Thresholds) -> MeanDrop | None:
    rows = _both(control, judged, CONFIDENCE, limits)
    return mean_drop(*rows) if rows is not None else None


def _both(
    control: Unit, judged: Unit, name: str, limits: Thresholds
) -> tuple[Counts, Counts] | None:
    """Return one distribution of both sides, if both have it in the same bins and data enough."""
    if name not in control.rows or name not in judged.rows:
        return None
    left, right = control.rows[name], judged.rows[name]
    enough = min(left.sum(), right.sum()) >= limits.min_samples
    return (left, right) if enough and left.size == right.size else None
