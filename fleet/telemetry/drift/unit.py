"""A unit is whatever is judged as one: a device, all devices of a label value, a version.

Guarantees: a pooled unit is the plain sum of its members, so a level never sees other data than
the level below.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fleet.telemetry.drift.histogram import Counts, merge


@dataclass(frozen=True)
class Unit:
    """Counts by distribution name, and the inferences behind them."""

    name: str
    samples: float
    rows: Mapping[str, Counts]

    def scaled(self, factor: float) -> "Unit":
        """The same shares with another weight."""
        if factor == 1.0:
            return self
        rows = {name: row * factor for name, row in self.rows.items()}
        return Unit(self.name, self.samples * factor, rows)


def pool(name: str, units: Iterable[Unit]) -> Unit:
    """All units as one."""
    members = list(units)
    names = sorted({row for unit in members for row in unit.rows})
    rows = {row: merge([unit.rows[row] for unit in members if row in unit.rows]) for row in names}
    return Unit(name, sum(unit.samples for unit in members), rows)
