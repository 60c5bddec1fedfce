"""Gates of a wave: one failure stops it, one doubt holds it, only all passes let it go on."""

from collections.abc import Sequence

from fleet.lib.verdict import Verdict
from ota.engine.view import Reading


def gate_failure(readings: Sequence[Reading]) -> str | None:
    """The sentence of the first gate that failed."""
    failed = (r for r in readings if r.verdict is Verdict.FAIL)
    return next((f"gate {r.gate} failed: {r.sentence}" for r in failed), None)


def gates_passed(required: Sequence[str], readings: Sequence[Reading]) -> bool:
    """A gate that said nothing is a doubt, not a pass."""
    passed = {r.gate for r in readings if r.verdict is Verdict.PASS}
    return passed.issuperset(required)
