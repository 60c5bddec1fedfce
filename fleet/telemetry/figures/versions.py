"""The fleet by version: how many devices run each, and what they report. A few queries, whatever
the fleet's size.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Q, Sum

from fleet.devices.choices import DeviceState
from fleet.devices.models import DeviceCount
from fleet.lib import clock
from fleet.telemetry.choices import ACTIVE, RollupLevel
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.models import Rollup
from fleet.telemetry.monitor.charts import window_start
from registry.models import ModelVersion

ROWS_MAX: Final = 12  # versions that are shown; the rest is summed up
LATELY: Final = 2  # buckets in which a device counts as reporting


@dataclass(frozen=True)
class InField:
    """One version, or what a device calls itself to run; `version` is None where it is not ours."""

    name: str
    devices: int
    version: ModelVersion | None = None
    reporting: int = 0
    inferences: int = 0
    incidents: int = 0


def versions_in_field() -> list[InField]:
    """Return what accepted devices run, the most common first."""
    kinds = DeviceCount.sums().items()
    rows = [
        (kind.model, kind.version, n) for kind, n in kinds if kind.state == DeviceState.ACCEPTED
    ]
    ordered = sorted(rows, key=lambda row: (-row[2], str(row[0]), str(row[1])))
    shown = [(str(m), str(v), n) for m, v, n in ordered if m is not None][:ROWS_MAX]
    none = sum(n for m, _, n in ordered if m is None)
    rest = sum(n for *_, n in ordered) - none - sum(n for *_, n in shown)
    known = _ours(shown)
    reporting, inferences = _reporting(known), _inferences(known)
    found = [
        _row(f"{model} {label}", count, known.get((model, label)), reporting, inferences)
        for model, label, count in shown
    ]
    found += [InField("other versions", rest)] if rest else []
    return found + ([InField("no model yet", none)] if none else [])


def _ours(shown: list[tuple[str, str, int]]) -> dict[tuple[str, str], ModelVersion]:
    wanted = Q(pk__in=[])
    for model, label, _ in shown:
        wanted |= Q(model__name=model, label=label)
    active = Count("incidents", filter=Q(incidents__state__in=ACTIVE), distinct=True)
    rows = ModelVersion.objects.filter(wanted).select_related("model").annotate(active=active)
    return {(each.model.name, each.label): each for each in rows}


def _reporting(known: dict[tuple[str, str], ModelVersion]) -> dict[int, int]:
    seconds = settings.EDGEFLEET_ROLLUP_SECONDS
    since = bucket(clock.now(), seconds) - timedelta(seconds=(LATELY - 1) * seconds)
    rows = Rollup.objects.filter(
        schema__version__in=[each.pk for each in known.values()],
        level=RollupLevel.DEVICE,
        bucket_at__gte=since,
    )
    return dict(
        rows.values_list("schema__version").annotate(n=Count("key", distinct=True)).order_by()
    )


def _inferences(known: dict[tuple[str, str], ModelVersion]) -> dict[int, int]:
    rows = Rollup.objects.filter(
        schema__version__in=[each.pk for each in known.values()],
        level=RollupLevel.VERSION,
        bucket_at__gte=window_start(),
    )
    return dict(rows.values_list("schema__version").annotate(n=Sum("samples")).order_by())


def _row(
    name: str,
    devices: int,
    version: ModelVersion | None,
    reporting: dict[int, int],
    inferences: dict[int, int],
) -> InField:
    if version is None:
        return InField(name, devices)
    incidents: int = getattr(version, "active", 0)
    seen, counted = reporting.get(version.pk, 0), inferences.get(version.pk, 0)
    return InField(name, devices, version, seen, counted, incidents)
