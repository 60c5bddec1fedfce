"""The pure half of a build: named stages from an int8 model to files, each a function of the work
so far.

Guarantees: equal orders give equal bytes, in whatever folder and by whatever worker; nothing here
knows a database, so a stage may be run again after a crash without asking what the dead worker
left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from builds.choices import Arithmetic, ArtifactKind, Optimise, Stage, Weights
from builds.targets import Target


@dataclass(frozen=True)
class Order:
    """All that a build depends on, and nothing else."""

    model: str
    version: str
    version_number: int
    target: Target
    optimise: Optimise
    int8: bytes
    schema: Mapping[str, Any]
    class_names: tuple[str, ...]
    vectors: int
    weights: Weights = Weights.TOGETHER
    arithmetic: Arithmetic = Arithmetic.REFUSE
    security_counter: int | None = None  # the release's, where the target has an image


@dataclass(frozen=True)
class Output:
    """One file that the build leaves."""

    kind: ArtifactKind
    filename: str
    data: bytes


@dataclass(frozen=True)
class Unsigned:
    """The payload of an image that has yet to be signed, by somebody who holds the key."""

    kind: ArtifactKind
    filename: str
    payload: bytes


class Tools(Protocol):
    """Compiler, toolchain, proof and packing, as the stages use them."""

    def compile(self, work: "Work") -> Any:
        """The model as C++ (`builds.compiler.Compiled`)."""

    def link(self, work: "Work") -> Any:
        """The static library and its measured sizes (`builds.toolchain.Library`)."""

    def prove(self, work: "Work") -> Any:
        """What every engine answered (`builds.verify.Proof`)."""

    def objection(self, work: "Work") -> str | None:
        """Why a proved build is not what the model says, None where it is."""

    def sections(self, work: "Work") -> Mapping[str, str | int]:
        """Digests of code and weights, which tell by what two builds differ."""

    def package(self, work: "Work") -> tuple[Output, ...]:
        """The files to keep, apart from the report and what has to be signed within."""

    def unsigned(self, work: "Work") -> tuple[Unsigned, ...]:
        """The payloads of the target's images."""


class Impossible(Exception):
    """The input cannot become this artifact: trying again will not help."""


class NotProved(Exception):
    """The result is wrong or unproved: our side failed."""


@dataclass(frozen=True)
class Work:
    """An order and what its stages have made so far."""

    order: Order
    folder: Path
    tools: Tools
    compiled: Any = None
    linked: Any = None
    proof: Any = None
    outputs: tuple[Output, ...] = ()
    unsigned: tuple[Unsigned, ...] = ()


def make_sources(work: Work) -> Work:
    """Model to C++."""
    return replace(work, compiled=work.tools.compile(work))


def make_library(work: Work) -> Work:
    """C++ to machine code."""
    return replace(work, linked=work.tools.link(work))


def check_fit(work: Work) -> Work:
    """Refuse what the target cannot hold, before time is spent on its proof."""
    flash = work.linked.code_bytes + work.linked.weights_bytes
    _fits("flash", flash, work.order.target.flash_bytes, work.order.target)
    _fits("RAM", static_ram_bytes(work), work.order.target.ram_bytes, work.order.target)
    return work


def prove(work: Work) -> Work:
    """Hold every engine against the reference; then the stack is known too."""
    proof = work.tools.prove(work)
    if not proof.equal:
        where = proof.first_difference or "no engine could be compared"
        raise NotProved(f"The generated code is not proved equal to the reference: {where}.")
    work = replace(work, proof=proof)
    if objection := work.tools.objection(work):
        raise Impossible(objection)
    ram = static_ram_bytes(work) + (proof.stack_bytes or 0)
    _fits("RAM with its stack", ram, work.order.target.ram_bytes, work.order.target)
    return work


def package(work: Work) -> Work:
    """Everything that is kept, apart from signatures."""
    return replace(work, outputs=work.tools.package(work), unsigned=work.tools.unsigned(work))


def static_ram_bytes(work: Work) -> int:
    """RAM without the stack: arena, state and the library's own variables."""
    return int(work.linked.bss_bytes + work.linked.data_bytes)


def _fits(what: str, needed: int, offered: int, target: Target) -> None:
    if needed > offered:
        raise Impossible(
            f"The model needs {needed:,} bytes of {what}, and {target.name} offers {offered:,}."
        )


StageFunction = Callable[[Work], Work]
# In order. Quantising comes before, signing and storing after: those three know the database.
STAGES: tuple[tuple[Stage, StageFunction], ...] = (
    (Stage.COMPILE, make_sources),
    (Stage.TOOLCHAIN, make_library),
    (Stage.FIT, check_fit),
    (Stage.PROVE, prove),
    (Stage.PACKAGE, package),
)


def describe(stage: Stage, work: Work) -> str:
    """One line for the log of what a stage found."""
    match stage:
        case Stage.COMPILE:
            return f"{sum(work.compiled.ops.values())} operations, {work.compiled.macs:,} MACs"
        case Stage.TOOLCHAIN:
            sizes = work.linked
            return f"{sizes.code_bytes:,} B code, {sizes.weights_bytes:,} B weights"
        case Stage.FIT:
            return f"{static_ram_bytes(work):,} B RAM of {work.order.target.ram_bytes:,}"
        case Stage.PROVE:
            engines = [name for name, version in work.proof.engines.items() if version]
            equal = f"{work.proof.vectors} vectors equal in {', '.join(engines)}"
            coverage = work.proof.seen.coverage if work.proof.seen else None
            return f"{equal}, reach {coverage.marks:.0%} of ends and ties" if coverage else equal
        case Stage.PACKAGE:
            return f"{len(work.outputs) + len(work.unsigned)} files"
    return ""
