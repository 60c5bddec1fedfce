"""A back-test's result as plain JSON, with what became of the incidents of the same findings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from fleet.telemetry import selectors
from fleet.telemetry.alerts.backtest import Retold, false_alarms, retell
from fleet.telemetry.alerts.rule import Baseline, Detector, Rule, Scope
from fleet.telemetry.alerts.sighting import Key, Sighting
from fleet.telemetry.alerts.stored.recorded import Recorded
from fleet.telemetry.choices import IncidentOutcome
from fleet.telemetry.models import Incident

TOLD_MAX: Final = 200  # tellings in a result; the count is always whole
KEPT_MAX: Final = 100
DEVICES_MAX: Final = 20  # named with a finding
LEAST_SPAN: Final = timedelta(hours=1)


def report(
    rule: Rule, scope: Scope, runs: Sequence[Recorded], *, since: datetime
) -> dict[str, Any]:
    """Return what would have been told, what was kept back and why, and the false alarms."""
    sightings = [each for run in runs for each in run.sightings]
    looks = sorted({at for run in runs for at in run.looks})
    found = retell(rule, scope, sightings, looks)
    incidents = _incidents(since)
    told = [_told(at, each, incidents) for at, each in found.told]
    begins, ends = (looks[0], looks[-1]) if looks else (None, None)
    return {
        "from": begins.isoformat() if begins else None,
        "to": ends.isoformat() if ends else None,
        "hours": round((ends - begins) / timedelta(hours=1), 1) if begins and ends else 0.0,
        "devices": sum(run.devices for run in runs),
        "findings": len(sightings),
        "told": told[:TOLD_MAX],
        "told_count": len(told),
        "kept": _kept(found, sightings),
        "false_alarms_a_month": _false_alarms(told, looks, runs),
        "notes": _notes(rule, runs),
    }


def _told(at: datetime, each: Sighting, incidents: dict[Key, list[Incident]]) -> dict[str, Any]:
    same = [one for one in incidents.get(each.key, []) if _overlap(one, each)]
    judged = [one for one in same if one.outcome != IncidentOutcome.UNKNOWN]
    known = next(iter(judged or same), None)
    return _plain(each) | {
        "at": at.isoformat(),
        "incident": known.public_id if known is not None else "",
        "outcome": str(known.outcome) if known is not None else "",
    }


def _plain(each: Sighting) -> dict[str, Any]:
    return {
        "since": each.since.isoformat(),
        "until": each.until.isoformat() if each.until else None,
        "model": each.model,
        "version": each.version,
        "level": str(each.level),
        "cause": each.cause,
        "devices": list(each.devices[:DEVICES_MAX]),
        "device_count": len(each.devices),
        "signals": list(each.signals),
        "test": str(each.test),
        "severity": str(each.severity),
        "effect_sd": _rounded(each.effect_sd),
        "psi": _rounded(each.psi),
        "samples": _rounded(each.samples),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)


def _kept(found: Retold, sightings: Sequence[Sighting]) -> list[dict[str, Any]]:
    by_key = {each.key: each for each in sightings}
    rows = [_plain(by_key[key]) | {"because": why} for key, why in found.kept.items()]
    return rows[:KEPT_MAX]


def _incidents(since: datetime) -> dict[Key, list[Incident]]:
    found: dict[Key, list[Incident]] = {}
    for each in selectors.incidents_since(since):
        key = (each.version.public_id, str(each.level), each.cause)
        found.setdefault(key, []).append(each)
    return found


def _overlap(incident: Incident, each: Sighting) -> bool:
    ends = incident.resolved_at
    before = each.until is not None and each.until < incident.since
    return not before and (ends is None or ends >= each.since)


def _false_alarms(
    told: Sequence[dict[str, Any]], looks: Sequence[datetime], runs: Sequence[Recorded]
) -> dict[str, Any] | None:
    span = looks[-1] - looks[0] if looks else timedelta(0)
    if span < LEAST_SPAN:
        return None
    wrong = sum(each["outcome"] == IncidentOutcome.FALSE_ALARM for each in told)
    real = sum(each["outcome"] == IncidentOutcome.REAL for each in told)
    rate = false_alarms(wrong, len(told) - wrong - real, span)
    return {
        "expected": round(rate.expected, 2),
        "low": round(rate.low, 2),
        "high": round(rate.high, 2),
        "called_false": wrong,
        "called_real": real,
        "not_judged": len(told) - wrong - real,
        "promised": round(sum(run.promised for run in runs), 3),
    }


def _notes(rule: Rule, runs: Sequence[Recorded]) -> list[str]:
    notes = [note for run in runs for note in run.notes]
    if not runs:
        notes.append("No device of what the rule is about has reported in the last 30 days.")
    if rule.reference == Baseline.VERSION or Detector.REFERENCE in rule.tests:
        notes.append(
            "Findings by the version's reference alone are not run again: live, the rule may tell "
            "more."
        )
    return notes
