"""What the engine may ask for; applying one is a compare-and-set with its event row."""

from dataclasses import dataclass

from ota.engine.states import FailureCause
from ota.engine.transitions import RolloutStep, WaveStep


@dataclass(frozen=True, slots=True)
class MoveRollout:
    """A step of the rollout itself, with the sentence people read."""

    step: RolloutStep
    reason: str


@dataclass(frozen=True, slots=True)
class MoveWave:
    """A step of one wave."""

    index: int
    step: WaveStep
    reason: str


@dataclass(frozen=True, slots=True)
class Assign:
    """Take a slot for this device; its instruction gets signed next."""

    assignment: int


@dataclass(frozen=True, slots=True)
class Expire:
    """The device stayed silent for too long."""

    assignment: int
    cause: FailureCause


@dataclass(frozen=True, slots=True)
class CancelAssignment:
    """Withdraw an update, or ask the device that has seen it to stop."""

    assignment: int
    reason: str


@dataclass(frozen=True, slots=True)
class CancelPlanned:
    """Every update that was not yet given to its device."""

    reason: str


@dataclass(frozen=True, slots=True)
class Revert:
    """Plan the way back to its previous release for the device of this update."""

    assignment: int


@dataclass(frozen=True, slots=True)
class Retry:
    """Plan another attempt after a failed one."""

    assignment: int


Command = (
    MoveRollout | MoveWave | Assign | Expire | CancelAssignment | CancelPlanned | Revert | Retry
)
