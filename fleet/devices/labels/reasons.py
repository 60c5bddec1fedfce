"""Why a device query means a device, or does not: its comparisons one by one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from fleet.devices.labels.query import (
    Comparison,
    Node,
    SeenWithin,
    comparisons_of,
    matches,
    write,
)


@dataclass(frozen=True)
class Reason:
    """One comparison of a query: what it asks, what the device has ("" = nothing), the answer."""

    asks: str
    has: str
    holds: bool


def reasons(
    node: Node, facts: Mapping[str, str], silent_seconds: float = inf
) -> tuple[Reason, ...]:
    """Return each comparison with the device's own value, in the order of the text."""
    return tuple(
        Reason(write(one), _value(one, facts, silent_seconds), matches(one, facts, silent_seconds))
        for one in comparisons_of(node)
    )


def _value(one: Comparison, facts: Mapping[str, str], silent_seconds: float) -> str:
    if not isinstance(one, SeenWithin):
        return facts.get(one.key, "")
    return "never heard" if silent_seconds == inf else f"heard {silent_seconds:.0f} s ago"
