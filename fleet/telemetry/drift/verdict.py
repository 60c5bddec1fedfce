"""Pass, fail or inconclusive for a version that is being rolled out, with every reason in words.

Guarantees: too few devices or samples is never a pass and never a fail; a fail names each
measurement that failed, with its figures and its limit. Only the comparison with devices that are
not updated, each with its own past, or failing inferences can fail a version: the reference of the
training can hold it, with a reason, where there is nothing better to compare with.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.lib.verdict import Verdict
from fleet.telemetry.drift.defaults import DEFAULTS, Thresholds
from fleet.telemetry.drift.judge import Finding, Judged
from fleet.telemetry.drift.mean_shift import MeanDrop
from fleet.telemetry.drift.wilson import wilson
from fleet.telemetry.judgement.guard import Look

NO_PAST = "no device has a past under another version that could tell whose change this is"


@dataclass(frozen=True)
class VersionVerdict:
    """The state and why."""

    state: Verdict
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Control:
    """The same time on devices that run another version; None where it cannot be compared."""

    name: str
    samples: float
    devices: int
    prediction: Finding | None
    confidence: MeanDrop | None


@dataclass(frozen=True)
class Evidence:
    """All that a verdict may rest on; None where there was not enough data to measure."""

    samples: float
    devices: int
    judged: Judged | None
    confidence: MeanDrop | None
    errors: float
    control: Control | None = None
    look: Look | None = None  # beside devices that are not updated, each with its own past


def verdict(evidence: Evidence, limits: Thresholds = DEFAULTS) -> VersionVerdict:
    """Decide from the evidence alone."""
    # Errors are judged first: a version that fails to run produces no samples to wait for.
    broken = tuple(_errors(evidence, limits))
    if broken and evidence.devices >= limits.min_devices:
        return VersionVerdict(Verdict.FAIL, broken)
    if evidence.look is not None and evidence.look.state is Verdict.FAIL:
        return VersionVerdict(Verdict.FAIL, evidence.look.reasons)
    missing = tuple(_missing(evidence, limits))
    if missing:
        return VersionVerdict(Verdict.INCONCLUSIVE, missing)
    if evidence.look is not None:
        return VersionVerdict(evidence.look.state, evidence.look.reasons)
    held = (*_drift(evidence), *_confidence(evidence, limits))
    held += tuple(_against_control(evidence.control, limits))
    if held:
        return VersionVerdict(Verdict.INCONCLUSIVE, (*held, NO_PAST))
    return VersionVerdict(Verdict.PASS, (_summary(evidence),))


def describe(finding: Finding) -> str:
    """One finding as a sentence."""
    each = finding.comparison
    return (
        f"{each.name} left its reference: PSI {each.psi.debiased:.2f} "
        f"(95 % interval {each.psi.low:.2f} to {each.psi.high:.2f}), "
        f"p {each.p:.1e}, {each.samples:.0f} samples"
    )


def _missing(evidence: Evidence, limits: Thresholds) -> Iterator[str]:
    if evidence.devices < limits.min_devices:
        yield f"{evidence.devices} devices reported, {limits.min_devices} are needed"
    if evidence.samples < limits.min_samples:
        yield f"{evidence.samples:.0f} inferences reported, {limits.min_samples} are needed"
    elif evidence.judged is None:
        yield "the reference or the reports are too small for a test"


def _drift(evidence: Evidence) -> Iterator[str]:
    for finding in evidence.judged.drifted if evidence.judged else ():
        yield describe(finding)


def _confidence(evidence: Evidence, limits: Thresholds) -> Iterator[str]:
    change = evidence.confidence
    if change and change.drop >= limits.confidence_drop and change.p <= limits.fdr_q:
        yield (
            f"mean confidence fell from {change.reference:.2f} to {change.current:.2f}, "
            f"{limits.confidence_drop:.2f} is the limit"
        )


def _against_control(control: Control | None, limits: Thresholds) -> Iterator[str]:
    if control is None:
        return
    found, change = control.prediction, control.confidence
    if found is not None and found.drifted:
        yield (
            f"it predicts other classes than {control.name} does now on {control.devices} devices, "
            f"PSI {found.comparison.psi.debiased:.2f}"
        )
    limit = limits.control_confidence_drop
    if change is not None and change.drop >= limit and change.p <= limits.fdr_q:
        yield (
            f"mean confidence is {change.current:.2f}, {control.name} has {change.reference:.2f} "
            f"now on {control.devices} devices, {limit:.2f} less is the limit"
        )


def _errors(evidence: Evidence, limits: Thresholds) -> Iterator[str]:
    trials = evidence.samples + evidence.errors
    low, _ = wilson(evidence.errors, trials)
    if low > limits.errors_share:
        yield (
            f"{evidence.errors:.0f} of {trials:.0f} inferences failed, "
            f"{limits.errors_share:.1%} is the limit"
        )


def _summary(evidence: Evidence) -> str:
    largest = evidence.judged.effect if evidence.judged else 0.0
    return (
        f"{evidence.devices} devices and {evidence.samples:.0f} inferences match the reference, "
        f"largest PSI {max(largest, 0.0):.2f}"
    )
