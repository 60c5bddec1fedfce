"""What the judgement found, in the one form that rules read, live and in a back-test. Pure."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from fleet.telemetry.alerts.rule import SEVERITIES, Baseline, Detector, Rule, Scope

Key = tuple[str, str, str]  # version, level, cause


@dataclass(frozen=True)
class Sighting:
    """One cause of one version from `since` to `until` (None: it lasts)."""

    version: str
    model: str
    level: str
    cause: str
    devices: tuple[str, ...]
    signals: tuple[str, ...]
    test: str
    severity: str
    since: datetime
    until: datetime | None = None
    samples: float | None = None  # effective ones
    effect_sd: float | None = None
    psi: float | None = None
    p: float | None = None
    incident: str = ""

    @property
    def key(self) -> Key:
        """What makes it the same finding when it comes back."""
        return self.version, self.level, self.cause

    @property
    def reference(self) -> str:
        """What it was compared with."""
        return Baseline.VERSION if self.test == Detector.REFERENCE else Baseline.OWN_PAST

    def lasts(self, at: datetime) -> bool:
        """Tell whether it is seen at a moment."""
        return self.since <= at and (self.until is None or at < self.until)

    def within(self, rule: Rule, at: datetime) -> bool:
        """Tell whether it was seen in the rule's trailing window."""
        return self.since <= at and (self.until is None or self.until >= at - rule.window)


def unlike(rule: Rule, seen: Sighting, scope: Scope) -> str:
    """Return why a finding is not what the rule is about, as a part of a sentence, or nothing."""
    for wrong, words in (
        (rule.models and seen.model not in rule.models, "another model"),
        (rule.versions and seen.version not in rule.versions, "another version"),
        (not scope.of(seen.devices), "devices out of its scope"),
        (rule.levels and seen.level not in rule.levels, f"the level {seen.level}"),
        (rule.tests and seen.test not in rule.tests, f"the test {seen.test}"),
        (rule.reference not in (Baseline.ANY, seen.reference), "another reference"),
        (not _signal_fits(rule, seen), "another signal"),
        (_rank(seen.severity) < _rank(rule.least_severity), "less severe"),
        (_below(seen.samples, rule.samples_min), "too few samples"),
        (_below(_size(seen.effect_sd), rule.smallest_change), "a smaller change"),
        (_below(seen.psi, rule.psi_min), "a smaller PSI"),
        (seen.p is not None and seen.p > rule.fdr_q, "not significant enough"),
    ):
        if wrong:
            return words
    return ""


def _signal_fits(rule: Rule, seen: Sighting) -> bool:
    return not rule.signals or any(
        fnmatchcase(signal, pattern) for signal in seen.signals for pattern in rule.signals
    )


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity)


def _size(effect: float | None) -> float | None:
    return None if effect is None else abs(effect)


def _below(value: float | None, least: float) -> bool:
    """An unknown value passes: what a detector does not measure is not held against it.

    No limit is 0, which a debiased PSI may be below.
    """
    return least > 0 and value is not None and value < least
