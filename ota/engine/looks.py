"""Looks at a rollout: what its rules of failure find, and which looks are kept of many. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fleet.lib.verdict import Verdict
from ota.engine.judge import broken, sample_of
from ota.engine.rules import FailureRule, Rules
from ota.engine.states import FailureCause
from ota.engine.view import Tally

ROWS_MAX: Final = 240  # looks kept of one metric of a rollout
METRICS_MAX: Final = (
    40  # metrics of one gate that are kept; the classes of a model are some of them
)


def superfluous(verdicts: Sequence[str], most: int = ROWS_MAX) -> list[int]:
    """Return which looks (positions, the oldest first) to forget, none while there are few.

    Of the older half every second one goes, so that what is old is coarser and what is new is
    whole; the first look stays, and so does each that said something else than the one before.
    """
    if len(verdicts) <= most:
        return []
    older = range(2, len(verdicts) // 2, 2)
    return [at for at in older if verdicts[at] == verdicts[at - 1]] or list(older)


@dataclass(frozen=True, slots=True)
class FailureLook:
    """What one rule of failure found: failures among devices that finished."""

    metric: str
    failures: int
    finished: int
    margin: float  # share of finished devices
    verdict: Verdict
    sentence: str


def failure_looks(tally: Tally, rules: Rules) -> Iterator[FailureLook]:
    """Yield what each rule of failure finds; a device's trial runs the golden vectors."""
    for rule in rules.failures:
        failures, finished = sample_of(tally, rule)
        metric = (
            "golden vectors and trial" if rule.cause is FailureCause.TRIAL else f"{rule.label}s"
        )
        verdict, sentence = _word(tally, rule, failures, finished)
        yield FailureLook(metric, failures, finished, rule.percent / 100, verdict, sentence)


def _word(tally: Tally, rule: FailureRule, failures: int, finished: int) -> tuple[Verdict, str]:
    if reason := broken(tally, rule):
        return Verdict.FAIL, reason
    if finished < min(rule.min_sample, tally.population):
        needed = f"{finished} devices have finished, {rule.min_sample} are needed"
        return Verdict.INCONCLUSIVE, f"inconclusive, because {needed}"
    if finished == 0:
        return Verdict.INCONCLUSIVE, "inconclusive, because no device has finished"
    return Verdict.PASS, f"{failures} of {finished} devices failed, {rule.percent} % are allowed"
