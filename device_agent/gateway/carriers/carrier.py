"""What a gateway does with a child, whichever commands the child understands."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from device_agent.protocol.instruction import Instruction


class TrialVerdict(StrEnum):
    """What has become of an image that a child was given."""

    GOOD = "good"  # it runs, and stays
    TRIAL = "trial"  # it runs, and goes back unless it is confirmed
    FELL_BACK = "fell back"
    ABSENT = "absent"  # the child runs another one and knows nothing of it


@dataclass(frozen=True, slots=True)
class ChildImage:
    """An image whose instruction was verified; without its bytes once the child has them all.

    ``document``: the signed documents as they came, and what the service gave along for the chip.
    """

    data: bytes
    instruction: Instruction
    document: bytes

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the file."""
        return bytes.fromhex(self.instruction.artifact.sha256)


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """A verdict, and why."""

    verdict: TrialVerdict
    why: str = ""


class Carrier(Protocol):
    """One kind of child. Every method may be called again after it was cut short anywhere."""

    def hold_against(self, image: ChildImage) -> None:
        """``UpdateRefused`` where the image is not for this child, before a byte is sent."""
        ...

    def send(self, image: ChildImage, progress: Callable[[int], None]) -> None:
        """Bring the image to the child."""
        ...

    def switch(self, image: ChildImage) -> None:
        """Have the child run it, on trial; ``ModelBroken`` where the child finds it bad."""
        ...

    def outcome(self, image: ChildImage) -> TrialOutcome:
        """Tell what has become of it."""
        ...

    def confirm(self, image: ChildImage) -> None:
        """The image stays."""
        ...

    def runs(self, sha256: str) -> bool | None:
        """Tell whether the child runs this file; None where it cannot tell."""
        ...

    def told(self) -> dict[str, str]:
        """Return what the child tells about itself, as attributes of its device."""
        ...
