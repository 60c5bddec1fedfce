"""The gates' looks, kept as trajectories: one row a metric and look, a bounded number of each.

A look is kept once per bucket of the judged windows: in between, a gate reads the same ones again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from fleet.telemetry.drift.wilson import wilson
from ota.choices import METRIC_MAX
from ota.engine.looks import METRICS_MAX, failure_looks, superfluous
from ota.engine.rules import Rules
from ota.models import GateLook, Rollout, Wave
from ota.models.rollout import REASON_MAX
from ota.rollouts.large.counts import wave_counts
from ota.rollouts.snapshot import tally_of

NUMBERS: Final = ("estimate", "low", "high", "pass_low", "pass_high", "margin")


def look_at(now: datetime) -> datetime:
    """Return the moment that a look now is kept under: when the last whole bucket ended."""
    seconds = settings.EDGEFLEET_ROLLUP_SECONDS
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)


@transaction.atomic
def looks_record(
    rollout: Rollout, wave: Wave, gate: str, found: Iterable[Mapping[str, Any]], now: datetime
) -> None:
    """Keep what was found of each metric, unless this bucket's look is kept already."""
    at = look_at(now)
    if GateLook.objects.filter(rollout=rollout, gate=gate, at=at).exists():
        return
    rows = [
        GateLook(
            rollout=rollout,
            wave=wave,
            gate=gate,
            metric=str(each["metric"])[:METRIC_MAX],
            at=at,
            harm=each.get("harm", 0),
            verdict=each["verdict"],
            sentence=str(each["sentence"])[:REASON_MAX],
            devices=each.get("devices", 0),
            samples=each.get("samples", 0),
            **{name: each.get(name) for name in NUMBERS},
        )
        for each in islice(found, METRICS_MAX)
    ]
    GateLook.objects.bulk_create(rows, ignore_conflicts=True)
    _thin(rollout, gate)


def failures_found(rollout: Rollout, rules: Rules) -> Iterator[dict[str, Any]]:
    """Yield what the rules of failure find over all waves, with Wilson's 95 % interval."""
    together: Counter[tuple[str, str, bool]] = Counter()
    for counts in wave_counts(rollout).values():
        together.update(counts)
    for each in failure_looks(tally_of(together), rules):
        low, high = wilson(each.failures, each.finished)
        seen = each.finished > 0
        yield {
            "metric": each.metric,
            "estimate": each.failures / each.finished if seen else None,
            "low": low if seen else None,
            "high": high if seen else None,
            "margin": each.margin,
            "harm": 1,
            "verdict": each.verdict,
            "sentence": each.sentence,
            "devices": each.finished,
        }


def _thin(rollout: Rollout, gate: str) -> None:
    kept = GateLook.objects.filter(rollout=rollout, gate=gate)
    by_metric: dict[str, list[tuple[int, str]]] = {}
    for pk, metric, verdict in kept.values_list("pk", "metric", "verdict").order_by("at", "pk"):
        by_metric.setdefault(metric, []).append((pk, verdict))
    gone = [
        rows[at][0]
        for rows in by_metric.values()
        for at in superfluous([verdict for _, verdict in rows])
    ]
    if gone:
        GateLook.objects.filter(pk__in=gone).delete()
