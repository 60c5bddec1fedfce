"""What the engine is shown of one rollout at one instant.

Its size follows the cap, not the fleet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from fleet.lib.verdict import Verdict
from ota.engine.rules import Rules
from ota.engine.states import AssignmentState, FailureCause, Kind, RolloutState, WaveState


@dataclass(frozen=True, slots=True)
class Tally:
    """One wave's update assignments, counted; the last attempt of each device only."""

    planned: int = 0
    in_flight: int = 0
    succeeded: int = 0
    skipped: int = 0
    cancelled: int = 0
    forgiven: int = 0  # failures from before an operator's resume
    failed: Mapping[FailureCause, int] = field(default_factory=dict)

    @property
    def unreachable(self) -> int:
        """Devices that never fetched what they were offered; no word about the release."""
        return self.failed.get(FailureCause.NO_CONTACT, 0)

    @property
    def blamed(self) -> int:
        """Failures that say something about the release: the device had seen it."""
        return sum(self.failed.values()) - self.unreachable

    @property
    def fallen_back(self) -> "Tally":
        """The same devices, blamed for nothing but that they left the release by themselves."""
        fallen = self.failed.get(FailureCause.FELL_BACK, 0)
        return replace(self, failed={FailureCause.FELL_BACK: fallen} if fallen else {})

    @property
    def finished(self) -> int:
        """The sample that failure rules are a share of."""
        return self.succeeded + self.blamed

    @property
    def empty(self) -> bool:
        """Nobody of the wave had, has or will have anything to do: there is nothing to judge."""
        others = self.cancelled + self.forgiven + self.unreachable
        return self.population + others == 0

    @property
    def devices(self) -> int:
        """All of the wave but those that were left out."""
        return self.population + self.unreachable + self.cancelled + self.forgiven

    @property
    def population(self) -> int:
        """Devices that the success threshold is a share of."""
        return self.planned + self.in_flight + self.finished


@dataclass(frozen=True, slots=True)
class GateReading:
    """A gate's latest word on a wave."""

    gate: str
    verdict: Verdict
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class WaveView:
    """One wave, its counts, and what its gates said."""

    index: int
    state: WaveState
    since: datetime
    tally: Tally = field(default_factory=Tally)
    readings: tuple[GateReading, ...] = ()
    approved: int = 0  # by how many people

    def awaits(self, rules: Rules) -> int:
        """Return how many more people have to approve it before it opens."""
        return max(0, rules.waves[self.index].approvals - self.approved)


@dataclass(frozen=True, slots=True)
class Flight:
    """An assignment that is under way."""

    assignment: int
    kind: Kind
    state: AssignmentState
    since: datetime  # of the last sign of life
    cancel_refused: bool = False
    held_seconds: float = 0.0  # since then, in which it had to wait for its maintenance window


@dataclass(frozen=True, slots=True)
class Miss:
    """An assignment that failed and may be tried again."""

    assignment: int
    kind: Kind
    attempt: int
    since: datetime
    cause: FailureCause = FailureCause.OTHER


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One rollout at one instant."""

    state: RolloutState
    rules: Rules
    waves: tuple[WaveView, ...]
    flights: tuple[Flight, ...] = ()
    # Planned updates of opened waves whose device is free, in wave order.
    ready: tuple[int, ...] = ()
    # The same for planned rollbacks.
    ready_back: tuple[int, ...] = ()
    planned_updates: int = 0
    planned_back: int = 0
    # Updates whose device took (or may have taken) the release and has no rollback yet.
    to_revert: tuple[int, ...] = ()
    misses: tuple[Miss, ...] = ()
    started_lately: int = 0  # updates that began in the last minute

    @property
    def devices(self) -> int:
        """Devices of all waves that have something to do."""
        return sum(wave.tally.devices for wave in self.waves)
