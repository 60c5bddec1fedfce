"""Judge a wave by its installations (too many failures, enough updated, still possible) and gates.

A failure rule counts once enough devices have finished; a wave smaller than the sample is judged
on all of its devices. One failed gate stops a wave, one inconclusive gate holds it; only when all
have passed does it go on. How a gate is measured: `ota/rollouts/gates.py`.
"""

from collections.abc import Sequence

from fleet.lib.verdict import Verdict
from ota.engine.rules import FailureRule, Rules
from ota.engine.states import FailureCause
from ota.engine.view import GateReading, Tally


def failure_reason(tally: Tally, rules: Rules) -> str | None:
    """Return the sentence that stops the wave, or None while failures stay within every rule."""
    # A named cause tells people more than "failure" does, so it speaks first.
    ordered = sorted(rules.failures, key=lambda rule: rule.cause is None)
    sentences = (broken(tally, rule) for rule in ordered)
    return next((sentence for sentence in sentences if sentence), None)


def broken(tally: Tally, rule: FailureRule) -> str | None:
    """Return the sentence of a rule that is broken, or None."""
    failures, sample = sample_of(tally, rule)
    enough = min(rule.min_sample, _whole(tally, rule))
    if sample == 0 or sample < enough or failures * 100 <= rule.percent * sample:
        return None
    return (
        f"{rule.label}: {failures} of {sample} finished devices, more than {rule.percent} % allowed"
    )


def sample_of(tally: Tally, rule: FailureRule) -> tuple[int, int]:
    """Return the failures a rule speaks of, and the finished devices they are a share of."""
    if rule.cause is None:
        return tally.blamed, tally.finished
    if rule.cause is FailureCause.NO_CONTACT:
        return tally.unreachable, tally.finished + tally.unreachable
    return tally.failed.get(rule.cause, 0), tally.finished


def _whole(tally: Tally, rule: FailureRule) -> int:
    extra = tally.unreachable if rule.cause is FailureCause.NO_CONTACT else 0
    return tally.population + extra


def updated_enough(tally: Tally, rules: Rules) -> bool:
    """Tell whether the success threshold is met; a wave that had nothing to update counts as
    met.
    """
    if tally.population == 0:
        return tally.unreachable == 0
    return tally.succeeded * 100 >= rules.success_percent * tally.population


def shortfall_reason(tally: Tally, rules: Rules) -> str | None:
    """Return the sentence for a wave that can no longer reach the threshold, whatever comes."""
    best = tally.succeeded + tally.in_flight + tally.planned
    if tally.population == 0 or best * 100 >= rules.success_percent * tally.population:
        return None
    return (
        f"at most {best} of {tally.population} devices can still succeed, "
        f"{rules.success_percent} % needed"
    )


def gate_failure(readings: Sequence[GateReading]) -> str | None:
    """Return the sentence of the first gate that failed."""
    failed = (r for r in readings if r.verdict is Verdict.FAIL)
    return next((f"gate {r.gate} failed: {r.sentence}" for r in failed), None)


def gates_passed(required: Sequence[str], readings: Sequence[GateReading]) -> bool:
    """Tell whether all required gates have passed; one that said nothing has not."""
    passed = {r.gate for r in readings if r.verdict is Verdict.PASS}
    return passed.issuperset(required)
