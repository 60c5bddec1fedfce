"""A rollout's policy as the engine sees it: numbers with units, already validated.

Share percents are cumulative (5, 25, 100): they say how much of the group a wave ends at. A device
that a wave's query names comes in that wave and in no other.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ota.engine.states import AssignmentState, FailureCause, Kind


class OnFailure(StrEnum):
    """What happens by itself when a wave fails."""

    PAUSE = "pause"
    ROLL_BACK = "roll_back"


class Joins(StrEnum):
    """What becomes of devices that come into the group after the start."""

    NO = "no"
    RUNNING = "running"  # they join as long as waves are to come
    STANDING = "standing"  # the rollout stays, and gives the release to whoever comes


@dataclass(frozen=True, slots=True)
class WaveRule:
    """One step of a rollout: a share of the group, so many more devices, or those of a query."""

    share_percent: int | None = None
    min_devices: int = 1  # a share of a small group may be too few to judge
    max_in_flight: int | None = None  # devices; None = the rollout's
    soak_seconds: int | None = None  # None = the rollout's
    count: int | None = None  # devices, beside those of the waves before
    query: str = ""
    approvals: int = 0  # of others than who planned the rollout, before the wave opens


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
class RetryRule:
    """How failures of one cause are tried again, in place of what holds for the others."""

    cause: FailureCause
    attempts: int  # of one device, the first included
    retry_seconds: int | None = None  # None = the policy's


@dataclass(frozen=True, slots=True)
class StateTimeout:
    """For how long a device may be silent in one state."""

    state: AssignmentState
    seconds: int


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which no update begins."""

    begins: datetime
    ends: datetime
    reason: str = ""


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
    in_flight_first: int | None = None  # devices at once before any success; each adds one
    starts_per_minute: int | None = None  # devices
    retry_factor: int = 1  # by which the pause grows from one attempt to the next
    retry_max_seconds: int = 24 * 3600  # the longest pause
    retries: tuple[RetryRule, ...] = ()
    timeouts: tuple[StateTimeout, ...] = ()
    start_at: datetime | None = None
    freezes: tuple[Freeze, ...] = ()
    spread: tuple[str, ...] = ()  # labels: no value comes twice before all came once
    penalty_after: int = 0  # rollouts in a row that failed on a device; 0 = no penalty box
    penalty_seconds: int = 7 * 24 * 3600  # in the penalty box, from the last failure on
    start_approvals: int = 0  # of others than who planned the rollout, before its start
    check_destination: str = ""  # the webhook that asks for the word of the gate `check`
    check_seconds: int = 24 * 3600  # after which its silence is told
    joins: Joins = Joins.NO

    def cap(self, wave: int) -> int:
        """Return devices that may be on their way forward while this wave is open."""
        own = self.waves[wave].max_in_flight
        return self.max_in_flight if own is None else min(own, self.max_in_flight)

    def soak(self, wave: int) -> int:
        """Return seconds between "updated enough" and the gates' word."""
        own = self.waves[wave].soak_seconds
        return self.soak_seconds if own is None else own

    def attempts_of(self, kind: Kind) -> int:
        """Return how often one device is tried, whatever the cause of its failures."""
        return self.attempts if kind is Kind.UPDATE else self.rollback_attempts

    def retry_of(self, cause: FailureCause) -> RetryRule | None:
        """Return the rule for failures of a cause, if it has one of its own."""
        return next((rule for rule in self.retries if rule.cause is cause), None)

    def most_attempts(self) -> int:
        """Return how often a device is tried at the most, over all causes."""
        return max([self.attempts, *(rule.attempts for rule in self.retries)])
