"""One distribution against its reference: significance, effect and distance side by side.

Guarantees: the test and the effect are read from the same merged bins, and drift needs both of
them, so that neither chance at small samples nor trivia at large ones raises an alarm.
"""

from dataclasses import dataclass

from fleet.telemetry.drift.bins import merge_sparse
from fleet.telemetry.drift.chi_square import require_samples, two_sample
from fleet.telemetry.drift.defaults import DEFAULTS, Thresholds
from fleet.telemetry.drift.histogram import Counts, pair
from fleet.telemetry.drift.jensen_shannon import jensen_shannon
from fleet.telemetry.drift.psi import Psi, psi


@dataclass(frozen=True)
class Distribution:
    """A named row of reference counts; classes are not ordered, measured values are."""

    name: str
    reference: Counts
    ordered: bool = True


@dataclass(frozen=True)
class Comparison:
    """What the statistics say about one distribution of one unit (a device, a label value, a
    version).
    """

    name: str
    samples: float
    bins: int
    p: float
    psi: Psi
    js: float

    def is_drift(self, p_adjusted: float, limits: Thresholds) -> bool:
        """Both must say so: unlikely by chance, and large enough with its whole 95 % interval."""
        return p_adjusted <= limits.fdr_q and self.psi.low >= limits.psi_warning


def compare(
    distribution: Distribution,
    current: Counts,
    *,
    min_samples: int = 0,
    limits: Thresholds = DEFAULTS,
) -> Comparison:
    """Compare, or raise NotEnoughData."""
    r, c = pair(distribution.reference, current / limits.design_effect)
    require_samples(float(c.sum()), min_samples / limits.design_effect)
    test = two_sample(
        r,
        c,
        ordered=distribution.ordered,
        min_expected=limits.min_expected,
        samples_per_bin=limits.samples_per_bin,
    )
    r, c = merge_sparse(r, c, ordered=distribution.ordered, min_expected=limits.min_expected)
    return Comparison(
        name=distribution.name,
        samples=float(current.sum()),
        bins=int(r.size),
        p=test.p,
        psi=psi(r, c),
        js=jensen_shannon(r, c),
    )
