"""Rules and findings for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from fleet.lib import clock
from fleet.telemetry.alerts.rule import Detector, Rule
from fleet.telemetry.alerts.sighting import Sighting
from fleet.telemetry.alerts.stored import recorded
from fleet.telemetry.alerts.written import rule_of
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.models import Rollup, TelemetrySchema
from tests.fleet.telemetry import world

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday


def rule(**terms: Any) -> Rule:
    """A rule as people write it."""
    return rule_of(terms)


def sighting(at: float = 0.0, until: float | None = None, **changes: Any) -> Sighting:
    """A device that left its own past, hours after noon."""
    fields: dict[str, Any] = {
        "version": "ver_1",
        "model": "digits",
        "level": "device",
        "cause": "dev_1",
        "devices": ("dev_1",),
        "signals": ("mean",),
        "test": Detector.SHIFT,
        "severity": "warning",
        "since": hours(at),
        "until": None if until is None else hours(until),
        "samples": 500.0,
        "effect_sd": 0.8,
    }
    return Sighting(**fields | changes)


def hours(count: float) -> datetime:
    """So many hours after noon."""
    return NOON + timedelta(hours=count)


def windows_of_a_harmed_device(hours_stored: int, harmed_from: int) -> TelemetrySchema:
    """Twelve devices' sums by the hour; the input of one moves by two deviations."""
    made = world.registered("9.0")
    end = bucket(clock.now(), 3600)
    rows = []
    for number in range(12):
        device = world.unit(f"cam-{number:02}", number, labels={"site": "paris"}).row
        random = np.random.default_rng(number)
        for hour in range(hours_stored):
            moved = 80.0 if number == 3 and hour >= harmed_from else 0.0
            row = np.asarray(world.counts(random, 60, shift=moved), np.uint64)
            rows.append(
                Rollup(
                    schema=made,
                    level=RollupLevel.DEVICE,
                    key=device.public_id,
                    bucket_at=end - timedelta(hours=hours_stored - hour),
                    samples=60,
                    reports=1,
                    counts=counts.dump(row),
                )
            )
    Rollup.objects.bulk_create(rows)
    recorded._recent.clear()
    return made
