"""Constants of the judgement with their units and sources, and what an operator may choose.

Margins of a rollout's metrics are in `metrics.py`. Times are in hours of the fleet; a step is one
judged interval, an hour unless windows are longer.
"""

from dataclasses import dataclass
from typing import Final

DAY: Final = 24  # hours
LEARN_STEPS: Final = 168  # steps from which the variance components are learnt: a week of hours
QUIET_STEPS: Final = 24  # steps of a device's past before it may alarm
TRUSTED_STEPS: Final = 96  # before that, cautious variances and exponents are assumed
MONTH: Final = 720  # hours: the period of the budget

# One device's expected false alarms in a month, when no budget is given (a fleet of 400: one).
DEVICE_BUDGET: Final = 0.0025
DEVICE_BUDGET_MAX: Final = 0.01  # a larger budget would break the promise of 1 % a month
SHIFTS: Final = (0.25, 0.5, 1.0)  # sd: sizes that the CUSUMs look for
SIEGMUND: Final = 1.166  # overshoot of a CUSUM's exit, Siegmund 1985, twice 1.166 = 2.332

# Own slow weather, variance and correlation over a day, until a whole week says otherwise.
PRIOR_WANDER: Final = (0.09, 0.7)
PRIOR_OFFSET: Final = 0.01  # least variance of offsets before TRUSTED_STEPS
PRIOR_LOADING: Final = 0.02
PRIOR_SEASON: Final = 0.01  # variance of a device's own sine and cosine of the day, with peers
LONE_SEASON: Final = 0.1  # the same without peers
OFFSET_MIN: Final = 0.0025
LOADING_MAX: Final = 0.25
RHO_GRID: Final = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
POOL_STRENGTH: Final = 60.0  # degrees of freedom of the fleet's noise when a device's is shrunk
NOISE_RATIO_MAX: Final = 4.0  # a device's own noise over the fleet's
ETA_MIN: Final = 0.05

PEERS_MIN: Final = 5  # devices for a common mode; fewer use their own hours of the day
MANY_PEERS: Final = 20  # below it one sick peer moves the others: a fifth of the budget is used
FEW_CAUTION: Final = 5.0
TRIM: Final = 0.1  # share of devices cut off at each end of the common mode
SAMPLES_MIN: Final = 1  # inferences of a step that is used at all
SPREAD_MIN: Final = 5  # inferences of a step whose spread is used

# Votes over the last steps. Each window has its own share of .05 a month.
VOTE_STEPS: Final = (6, 24, 48)
VOTE_CLIP: Final = 2.0
VOTE_VARIANCE: Final = 0.92  # E clip(Z, 2)^2 of a standard normal
VOTE_ALPHA: Final = 0.05
LIARS: Final = 0.1  # share of a label's devices that may lie with full votes
LABEL_DEVICES_MIN: Final = 5
LABEL_QUORUM: Final = 0.5  # share of its devices whose own vote points the same way
FLEET_SHARE: Final = 0.1  # suspicious devices beyond which the fleet, not they, has moved


@dataclass(frozen=True)
class Choices:
    """What an operator may set: the budget and the smallest change worth waking somebody for."""

    budget: float | None = None  # false device alarms of the whole fleet in a month
    smallest: float = 0.25  # sd of a feature; classes and errors in sd of one inference

    def device_alpha(self, devices: int) -> float:
        """Return one device's share of the budget in a month."""
        if self.budget is None:
            return DEVICE_BUDGET
        return min(max(self.budget / max(devices, 1), 1e-9), DEVICE_BUDGET_MAX)
