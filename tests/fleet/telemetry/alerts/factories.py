"""Rules and findings for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.telemetry.alerts.rule import Detector, Rule
from fleet.telemetry.alerts.sighting import Sighting
from fleet.telemetry.alerts.written import rule_of

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
