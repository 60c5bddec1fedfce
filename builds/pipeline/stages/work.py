"""What goes from stage to stage: the work of the jailed child, and the build in the worker's hands.

Each stage returns a copy with its own result added. A result is asked for by a property of its real
type, so that a stage which runs too early says so. The types are named for the type checker only:
the worker imports this file and must load no reader of models, the child no database.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from builds.pipeline.stages.order import (
    BuildFile,
    BuildOrder,
    SignedResult,
    StageResults,
    Unsigned,
)

if TYPE_CHECKING:
    from builds.compiler import Compiled
    from builds.models import Build, Int8Model
    from builds.pipeline.inputs import VersionInputs
    from builds.toolchain import Library
    from builds.verify import Proof

Result = TypeVar("Result")


class TooEarly(RuntimeError):
    """A stage was run before one whose result it needs."""


@dataclass(frozen=True)
class Work:
    """An order and what the stages in the child have made so far."""

    order: BuildOrder
    folder: Path
    sources: "Compiled | None" = None
    archive: "Library | None" = None
    proved: "Proof | None" = None
    outputs: tuple[BuildFile, ...] = ()
    unsigned: tuple[Unsigned, ...] = ()

    @property
    def compiled(self) -> "Compiled":
        """The model as C++."""
        return _there(self.sources, "compiled model")

    @property
    def linked(self) -> "Library":
        """The static library and its measured sizes."""
        return _there(self.archive, "library")

    @property
    def proof(self) -> "Proof":
        """What every engine answered."""
        return _there(self.proved, "proof")

    @property
    def static_ram_bytes(self) -> int:
        """RAM without the stack: arena, state and the library's own variables."""
        return self.linked.bss_bytes + self.linked.data_bytes


@dataclass(frozen=True)
class BuildRun:
    """One attempt at a build in the worker's hands, and what has come of it so far."""

    build: "Build"
    fence: int
    folder: Path
    inputs: "VersionInputs"
    quantised: "Int8Model | None" = None
    ordered: BuildOrder | None = None
    made: StageResults | None = None
    signed: SignedResult | None = None

    @property
    def int8(self) -> "Int8Model":
        """The version's int8 model with its schema."""
        return _there(self.quantised, "int8 model")

    @property
    def order(self) -> BuildOrder:
        """What the child is asked for."""
        return _there(self.ordered, "order")

    @property
    def results(self) -> StageResults:
        """What the child left."""
        return _there(self.made, "results of the jailed stages")

    @property
    def result(self) -> SignedResult:
        """Report and files, each with its signature."""
        return _there(self.signed, "signed files")


def _there(found: Result | None, name: str) -> Result:
    if found is None:
        raise TooEarly(f"There is no {name} yet: run the stage that makes it first.")
    return found
