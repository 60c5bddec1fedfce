"""What a rule would have told over recorded findings, and how many false alarms to expect. Pure.

False alarms are counted, not guessed: what people called a false alarm is one, what they called
real is none, and what nobody judged may be either, and is expected to be one. The interval runs
from the lower end for the first to the upper end for both together; its ends are Garwood's for a
Poisson count (1936). Beside it stands what the judgement's budget promises for a healthy fleet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from scipy.special import chdtri

from fleet.telemetry.alerts.rule import Rule, Scope
from fleet.telemetry.alerts.sighting import Key, Sighting
from fleet.telemetry.alerts.telling import Remembered, look

MONTH: Final = timedelta(days=30)
COVERAGE: Final = 0.95


@dataclass
class Retold:
    """What would have been told, when, and what kept the others."""

    told: list[tuple[datetime, Sighting]] = field(default_factory=list)
    kept: Mapping[Key, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FalseAlarmRate:
    """False alarms in 30 days."""

    expected: float
    low: float
    high: float


def retell(
    rule: Rule, scope: Scope, sightings: Sequence[Sighting], looks: Sequence[datetime]
) -> Retold:
    """Look at each of the moments, in their order."""
    known: dict[Key, Remembered] = {}
    kept: dict[Key, str] = {}
    result = Retold()
    for at in looks:
        past = [each for each in sightings if each.within(rule, at) or each.lasts(at)]
        found = look(rule, scope, past, known, at)
        result.told += [(at, each) for each in found.told]
        kept |= found.kept
    named = {each.key for _, each in result.told}
    result.kept = {key: why for key, why in kept.items() if key not in named}
    return result


def false_alarms(wrong: int, unknown: int, span: timedelta) -> FalseAlarmRate:
    """Return the rate of false alarms: `wrong` were called so, `unknown` were not judged.

    Raises ValueError for an empty span.
    """
    if span <= timedelta(0):
        raise ValueError("a rate needs a span of time")
    months = span / MONTH
    low = float(chdtri(2 * wrong, (1 + COVERAGE) / 2)) / 2 if wrong else 0.0
    high = float(chdtri(2 * (wrong + unknown + 1), (1 - COVERAGE) / 2)) / 2
    return FalseAlarmRate((wrong + unknown) / months, low / months, high / months)
