"""The verdict on one unit and on many: which of them drifted, by which distributions.

Guarantees: p-values are adjusted over the distributions of a unit and over the units of a level,
so the expected share of healthy units among those called drifted stays below `fdr_q`; units
without enough samples are never called.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.telemetry.drift.benjamini_hochberg import adjusted
from fleet.telemetry.drift.compare import Comparison, Distribution, compare
from fleet.telemetry.drift.defaults import DEFAULTS, Thresholds
from fleet.telemetry.drift.errors import NotEnoughData
from fleet.telemetry.drift.simes import simes
from fleet.telemetry.drift.unit import Unit


@dataclass(frozen=True)
class Finding:
    """A comparison, its p adjusted within the unit, and whether both significance and effect
    hold.
    """

    comparison: Comparison
    p_adjusted: float
    drifted: bool


@dataclass(frozen=True)
class Judged:
    """A unit with enough data: its findings, and one p for "nothing changed here"."""

    name: str
    samples: float
    findings: tuple[Finding, ...]
    p: float

    @property
    def drifted(self) -> tuple[Finding, ...]:
        """Only the distributions that drifted, the largest effect first."""
        found = [finding for finding in self.findings if finding.drifted]
        return tuple(sorted(found, key=lambda each: -each.comparison.psi.debiased))

    @property
    def effect(self) -> float:
        """The largest debiased PSI of the unit."""
        return max((each.comparison.psi.debiased for each in self.findings), default=0.0)


def judge(
    unit: Unit,
    reference: Sequence[Distribution],
    *,
    min_samples: int,
    limits: Thresholds = DEFAULTS,
) -> Judged:
    """Compare every distribution that has data enough; raise NotEnoughData when none has."""
    comparisons, refusal = _compare_all(unit, reference, min_samples, limits)
    if not comparisons:
        raise refusal or NotEnoughData(unit.samples, min_samples)
    q = adjusted([each.p for each in comparisons])
    findings = tuple(
        Finding(each, p, each.is_drift(p, limits)) for each, p in zip(comparisons, q, strict=True)
    )
    return Judged(unit.name, unit.samples, findings, simes([each.p for each in comparisons]))


def judge_all(
    units: Sequence[Unit],
    reference: Sequence[Distribution],
    *,
    min_samples: int,
    limits: Thresholds = DEFAULTS,
) -> list[Judged]:
    """Those of the units that can be judged, in the order given."""
    result = []
    for unit in units:
        try:
            result.append(judge(unit, reference, min_samples=min_samples, limits=limits))
        except NotEnoughData:
            continue
    return result


def drifted(judged: Sequence[Judged], limits: Thresholds = DEFAULTS) -> list[Judged]:
    """Units that drifted, with their p-values adjusted over the whole level."""
    q = adjusted([unit.p for unit in judged])
    return [unit for unit, p in zip(judged, q, strict=True) if p <= limits.fdr_q and unit.drifted]


def _compare_all(
    unit: Unit, reference: Sequence[Distribution], min_samples: int, limits: Thresholds
) -> tuple[list[Comparison], NotEnoughData | None]:
    done: list[Comparison] = []
    refusal = None
    for each in reference:
        if each.name not in unit.rows:
            continue
        try:
            row = unit.rows[each.name]
            done.append(compare(each, row, min_samples=min_samples, limits=limits))
        except NotEnoughData as error:
            refusal = error
    return done, refusal
