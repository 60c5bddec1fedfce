"""A rollout's policy as the engine sees it: numbers with units, already validated.

Share percents are cumulative (5, 25, 100): they say how much of the group a wave ends at.
"""

from dataclasses import dataclass
from enum import StrEnum

from ota.engine.states import FailureCause, Kind


class OnFailure(StrEnum):
    """What happens by itself when a wave fails."""

    PAUSE = "pause"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True, slots=True)
class WaveRule:
    """One step of a rollout."""

    share_percent: int
    min_devices: int = 1  # a share of a small group may be too few to judge
    max_in_flight: int | None = None  # devices; None = the rollout's
    soak_seconds: int | None = None  # None = the rollout's


@dataclass(frozen=True, slots=True)
class FailureRule:
    """Too many failures of this cause (None = any a device can be blamed for)."""

    percent: int  # of finished devices, strictly more than
    min_sample: int  # finished devices before the rule speaks
    cause: FailureCause | None = None

    @property
    def label(self) -> str:
        """The rule's subject in a sentence."""
        return self.cause.value.replace("_", " ") if self.cause else "failure"


@dataclass(frozen=True, slots=True)
class Rules:
    """A complete policy."""

    waves: tuple[WaveRule, ...]
    failures: tuple[FailureRule, ...]
    gates: tuple[str, ...] = ()
    success_percent: int = 100
    max_in_flight: int = 50  # devices
    soak_seconds: int = 0
    offer_seconds: int = 24 * 3600  # offered and never fetched
    install_seconds: int = 3600  # since the device last said something
    attempts: int = 1  # per device, the first included
    retry_seconds: int = 60  # between attempts
    rollback_max_in_flight: int = 1000  # devices; going back is urgent, so wide
    rollback_attempts: int = 3
    on_failure: OnFailure = OnFailure.PAUSE
    labels_margin_points: int = 3  # of realised accuracy that the labels gate lets go
    shadow_agreement_percent: int = 95  # that the shadow gate asks of the challenger
    shadow_inferences: int = 1000
    shadow_devices: int = 5

    def cap(self, wave: int) -> int:
        """Return devices that may be on their way forward while this wave is open."""
        own = self.waves[wave].max_in_flight
        return self.max_in_flight if own is None else min(own, self.max_in_flight)

    def soak(self, wave: int) -> int:
        """Return seconds between "updated enough" and the gates' word."""
        own = self.waves[wave].soak_seconds
        return self.soak_seconds if own is None else own

    def attempts_of(self, kind: Kind) -> int:
        """Return how often one device is tried."""
        return self.attempts if kind is Kind.UPDATE else self.rollback_attempts
