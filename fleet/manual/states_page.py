"""The state tables of devices, releases and rollouts, as the code has them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from fleet.devices import lifecycle
from ota.engine import transitions


def page() -> str:
    """Return the page as Markdown."""
    head = "# States\n\nWhat may follow what. A pair that is not here is refused.\n"
    return head + "".join(
        _table(title, table)
        for title, table in (
            ("Device", lifecycle.TRANSITIONS),
            ("Release", transitions.RELEASE),
            ("Rollout", transitions.ROLLOUT),
            ("Wave", transitions.WAVE),
            ("Assignment", transitions.ASSIGNMENT),
        )
    )


def _table(title: str, table: Mapping[tuple[Any, Any], StrEnum]) -> str:
    rows = sorted((str(state), str(step), str(after)) for (state, step), after in table.items())
    head = f"\n## {title}\n\n| in state | step | goes to |\n|---|---|---|\n"
    return head + "".join(f"| {state} | {step} | {after} |\n" for state, step, after in rows)
