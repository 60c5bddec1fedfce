"""Default thresholds, each with where it comes from. Settings may override any of them by name."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from fleet.telemetry.drift.errors import DriftError


@dataclass(frozen=True)
class Thresholds:
    """What it takes to judge, and what it takes to call it drift."""

    # Below about 200 samples PSI's calibrated threshold alarms on 7-12 % of healthy devices, not
    # on 5 %
    # (own simulation, 10 bins): the honest answer there is "not enough data".
    min_samples: int = 200
    # A single device may be judged earlier: chi-square keeps its rate from 50 samples on, and
    # both must agree.
    min_device_samples: int = 100
    # One device must never stop a rollout for the fleet: a gate wants at least two witnesses.
    min_devices: int = 2
    # Share of expected false alarms among those called (Benjamini-Hochberg). One in a thousand,
    # not 5 %,
    # because the same window is looked at every minute while it slides.
    fdr_q: float = 0.001
    # Usual bands of PSI (0.1 moderate, 0.25 large); applied to the debiased value, which is 0 on
    # average
    # when nothing changed.
    psi_warning: float = 0.1
    psi_critical: float = 0.25
    # Cochran's rule for Pearson's chi-square.
    min_expected: float = 5.0
    # Yurdakul and Naranjo advise ten samples a bin before PSI is read at all.
    samples_per_bin: int = 10
    # Correlated inferences count for less; 1 is right for independent ones. Estimate it on
    # healthy windows.
    design_effect: float = 1.0
    # Mean confidence, 0..1: a fall of five points is what users of confidence monitors call a
    # warning.
    confidence_drop: float = 0.05
    # Against devices that still run another version: twice as much, because two good models may be
    # calibrated differently.
    control_confidence_drop: float = 0.10
    # Share of failed inferences that no healthy build has; judged by the lower bound of Wilson's
    # interval.
    errors_share: float = 0.01
    # A device counts for at most this many median devices in a sum (poisoned telemetry).
    contribution_ratio: float = 2.0
    # A label is a cause only when this share of its judged devices drifted, and at least two of
    # them.
    quorum_share: float = 0.5
    quorum_devices: int = 2
    # A device that never matched the reference: offsets between healthy devices reach .2 sd, so
    # less than about .7 sd (PSI .5) cannot be told from them, and correlated inferences count for
    # a quarter until the device's own windows say how much they depend on each other.
    psi_commissioning: float = 0.5
    commissioning_design_effect: float = 4.0
    # False device alarms of a version's fleet in a month; 0: .004 for each device.
    monthly_alarms: float = 0.0
    # Standard deviations of one inference that are worth waking somebody for.
    smallest_change: float = 0.25
    # Naming a cause of a drift already established is a softer question than raising the alarm.
    cause_q: float = 0.05


DEFAULTS = Thresholds()
# Effective ones: PSI's own interval must reach .5, so the tails of the test matter less.
COMMISSIONING_SAMPLES_PER_BIN = 4


def commissioning(limits: Thresholds) -> Thresholds:
    """What it takes to say that a device never matched the reference, whatever its past."""
    return replace(
        limits,
        psi_warning=max(limits.psi_warning, limits.psi_commissioning),
        design_effect=max(limits.design_effect, limits.commissioning_design_effect),
        samples_per_bin=COMMISSIONING_SAMPLES_PER_BIN,
    )


def thresholds(overrides: Mapping[str, float]) -> Thresholds:
    """The defaults with the named ones replaced; a name that does not exist is refused."""
    known = {field.name for field in fields(Thresholds)}
    unknown = sorted(set(overrides) - known)
    if unknown:
        raise DriftError(
            f"unknown drift threshold {unknown[0]!r}; known are {', '.join(sorted(known))}"
        )
    return replace(DEFAULTS, **{name: overrides[name] for name in overrides})  # type: ignore[arg-type]
