"""Which label value is over-represented among the drifted devices.

Guarantees: an exact one-sided Fisher test a label value, adjusted over all values tested, ordered
by strength and then by name, so that the same fleet always names the same cause.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fleet.telemetry.drift.benjamini_hochberg import adjusted

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Enrichment:
    """`drifted` of `members` carry the value and drifted; outside it `drifted_elsewhere` of
    `others` did.
    """

    label: str
    drifted: int
    members: int
    drifted_elsewhere: int
    others: int
    p: float
    p_adjusted: float

    @property
    def covers_its_members(self) -> bool:
        """All that carry it drifted."""
        return self.drifted == self.members > 0

    @property
    def share_elsewhere(self) -> float:
        """How much of the rest drifted too."""
        return self.drifted_elsewhere / self.others if self.others else 1.0


def enrich(labels: Mapping[str, Labels], drifted: Collection[str]) -> list[Enrichment]:
    """Every label value of the fleet with its enrichment among `drifted`, strongest first."""
    bad = set(drifted) & set(labels)
    members = Counter(pair for values in labels.values() for pair in _pairs(values))
    hits = Counter(pair for device in bad for pair in _pairs(labels[device]))
    names = sorted(members)
    p_values = [_fisher(hits[name], members[name], len(bad), len(labels)) for name in names]
    rows = [
        Enrichment(
            label=name,
            drifted=hits[name],
            members=members[name],
            drifted_elsewhere=len(bad) - hits[name],
            others=len(labels) - members[name],
            p=p,
            p_adjusted=q,
        )
        for name, p, q in zip(names, p_values, adjusted(p_values), strict=True)
    ]
    return sorted(rows, key=lambda row: (row.p, -row.drifted, row.label))


def _pairs(labels: Labels) -> list[str]:
    return [f"{key}={value}" for key, value in sorted(labels.items())]


def _fisher(hits: int, members: int, bad: int, devices: int) -> float:
    """Chance of at least `hits` among `members` when the `bad` are scattered at random."""
    from scipy.stats import hypergeom  # noqa: PLC0415 - half a second that no start waits for

    return float(hypergeom.sf(hits - 1, devices, bad, members))
