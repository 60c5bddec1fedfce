"""An alert rule as a value: every field with its default and its bounds. Pure.

A rule decides nothing about statistics: what is significant and how often a healthy fleet may alarm
is the judgement's. It says which findings matter to whom, when, and what is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

HOURS_MAX: Final = 24 * 30
MINUTES_MAX: Final = 60 * 24 * 30
DAY_MINUTES: Final = 24 * 60
WEEK_DAYS: Final = 7
SEVERITIES: Final = ("warning", "critical")  # the lowest first
DEVICES_QUORUM_MAX: Final = 100_000
SAMPLES_MAX: Final = 10**12


class Detector(StrEnum):
    """What found it: the names that a rule chooses by."""

    SHIFT = "shift"  # a device left its own past
    VOTES = "votes"  # devices of a label value moved together
    FLEET = "fleet"  # the whole fleet moved
    REFERENCE = "reference"  # counts beside the version's reference, PSI and chi-square
    SILENCE = "silence"  # devices that used to report do not


class Baseline(StrEnum):
    """What a finding is compared with. The own past is trailing: it is learnt as it goes."""

    ANY = "any"
    OWN_PAST = "own_past"
    VERSION = "version"


@dataclass(frozen=True)
class MuteWindow:
    """Hours of week days in which nothing is told; past midnight when `until` is not later.

    Days from 0, Monday; minutes of the day, UTC. The day is that of the beginning.
    """

    days: tuple[int, ...]
    begins: int
    until: int

    def holds(self, at: datetime) -> bool:
        """Tell whether a moment (UTC) lies in it."""
        minute, day = at.hour * 60 + at.minute, at.weekday()
        if self.begins < self.until:
            return day in self.days and self.begins <= minute < self.until
        before = (day - 1) % WEEK_DAYS
        return (day in self.days and minute >= self.begins) or (
            before in self.days and minute < self.until
        )


@dataclass(frozen=True)
class RuleAction:
    """One action of a rule: its name and, where it sends something, to which destination."""

    action: str
    destination: str = ""


@dataclass(frozen=True)
class Rule:
    """Empty lists and 0 mean no limit."""

    models: tuple[str, ...] = ()  # names
    versions: tuple[str, ...] = ()  # public ids
    groups: tuple[str, ...] = ()  # names
    labels: str = ""  # a device query, such as site=paris
    devices: tuple[str, ...] = ()  # public ids
    levels: tuple[str, ...] = ()  # device, label, version
    signals: tuple[str, ...] = ()  # patterns, such as "L temperature" or "class *"
    tests: tuple[str, ...] = ()  # of Detector
    reference: str = Baseline.ANY
    least_severity: str = "warning"
    window_hours: float = 24.0  # over which devices are counted for the quorum
    quorum_devices: int = 1
    samples_min: float = 0.0  # effective ones
    smallest_change: float = 0.0  # standard deviations
    psi_min: float = 0.0
    fdr_q: float = 1.0  # largest p-value of a comparison with the reference
    start_minutes: int = 0  # that it must have lasted
    end_minutes: int = 60  # that it must be gone before it counts as new
    cooldown_minutes: int = 60  # after which the same rule tells again
    mute: tuple[MuteWindow, ...] = ()
    severity: str = ""  # that the incident gets; empty: as it was found
    actions: tuple[RuleAction, ...] = ()
    runbook: str = ""

    @property
    def start(self) -> timedelta:
        """How long a finding must have lasted."""
        return timedelta(minutes=self.start_minutes)

    @property
    def end(self) -> timedelta:
        """How long a finding must be gone."""
        return timedelta(minutes=self.end_minutes)

    @property
    def cooldown(self) -> timedelta:
        """How long the rule is silent after it told."""
        return timedelta(minutes=self.cooldown_minutes)

    @property
    def window(self) -> timedelta:
        """Over which devices are counted."""
        return timedelta(hours=self.window_hours)

    def is_muted(self, at: datetime) -> bool:
        """Tell whether a mute window holds the moment."""
        return any(each.holds(at) for each in self.mute)


TERMS: Final = tuple(each.name for each in fields(Rule))
BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "window_hours": (0, HOURS_MAX),
    "quorum_devices": (1, DEVICES_QUORUM_MAX),
    "samples_min": (0, SAMPLES_MAX),
    "smallest_change": (0, 100),
    "psi_min": (0, 100),
    "fdr_q": (0, 1),
    "start_minutes": (0, MINUTES_MAX),
    "end_minutes": (0, MINUTES_MAX),
    "cooldown_minutes": (0, MINUTES_MAX),
}
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "levels": ("device", "label", "version"),
    "tests": tuple(Detector),
    "reference": tuple(Baseline),
    "least_severity": SEVERITIES,
    "severity": ("", *SEVERITIES),
}


@dataclass(frozen=True)
class Scope:
    """The devices that a rule is about; None where it is about all."""

    members: frozenset[str] | None = None

    def of(self, devices: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the devices that belong to it."""
        if self.members is None:
            return devices
        return tuple(each for each in devices if each in self.members)
