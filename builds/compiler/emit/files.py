"""The files of a build: two with its weights in the code, four and a binary with them apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from builds.compiler.emit import section
from builds.compiler.emit.abi import abi_of
from builds.compiler.emit.constants import apart, together
from builds.compiler.emit.embedding.style import Style
from builds.compiler.emit.header import header
from builds.compiler.emit.identity import sealed
from builds.compiler.emit.initialisers import initialiser_lines
from builds.compiler.emit.source import constants, source
from builds.compiler.emit.weights import binary, layout_text, source_text
from builds.compiler.graph import Graph
from builds.compiler.operators.common.lowered_op import LoweredOp
from builds.compiler.plan.plan import MemoryPlan


@dataclass(frozen=True)
class Emitted:
    """Sources by name; `abi` and `weights` (the bytes of the section) of weights apart."""

    files: dict[str, str]
    weights_bytes: int
    abi: str = ""
    weights: bytes = b""


def emit_together(
    graph: Graph, steps: Sequence[LoweredOp], plan: MemoryPlan, style: Style
) -> Emitted:
    """Print a build whose code is made for its weights."""
    parted = section.together(steps, initialiser_lines(graph, plan))
    files = {
        "model.h": header(graph, style, arena_bytes=plan.peak_bytes, steps=len(steps)),
        "model.cc": source(graph, parted, plan, style, together()),
    }
    return Emitted(sealed(files), sum(item.size_bytes for item in constants(steps)))


def emit_apart(graph: Graph, steps: Sequence[LoweredOp], plan: MemoryPlan, style: Style) -> Emitted:
    """Print a build whose code takes any weights of its ABI."""
    parted = section.apart(graph, steps, initialiser_lines(graph, plan))
    fields = parted.fields
    abi = abi_of(graph, steps, fields)
    files = {
        "model.h": header(graph, style, arena_bytes=plan.peak_bytes, steps=len(steps), apart=True),
        "model.cc": source(graph, parted, plan, style, apart(graph, abi, style)),
        "model_weights.h": layout_text(fields, abi),
        "model_weights.cc": source_text(fields, abi),
    }
    data = binary(fields, abi)
    return Emitted(sealed(files), len(data), abi.hex(), data)
