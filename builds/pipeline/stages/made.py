"""What the stages leave, wherever they ran, for the service to sign and store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from builds.choices import Stage
from builds.pipeline.stages.work import Order, Output, Unsigned


@dataclass(frozen=True)
class Made:
    """All that comes of an order, before anything is signed."""

    report: Mapping[str, Any]  # what the stages know
    outputs: tuple[Output, ...]
    unsigned: tuple[Unsigned, ...]
    abi: str  # of weights apart, as hexadecimal


class Told(Protocol):
    """Who wants to know where a build stands."""

    def enter(self, stage: Stage) -> None:
        """A stage begins."""

    def note(self, stage: Stage, seconds: float, text: str) -> None:
        """A stage has ended."""


Maker = Callable[[Order, Path, Told], Made]
