"""What the two kinds of source differ in: where trained values are, and who checks them.

A build with its weights in the code has one text; with weights apart the same kernels read their
numbers from the section, `ef_init` checks it, and four functions tell how it is quantized.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Template

from builds.compiler.emit.embedding.placed import (
    check_words,
    numbers_text,
    placed_variable,
    placing,
)
from builds.compiler.emit.embedding.style import Style
from builds.compiler.emit.literals import array, table
from builds.compiler.emit.section import OBJECT
from builds.compiler.emit.text import runtime_text
from builds.compiler.emit.trained_members import retyped
from builds.compiler.emit.weights import ABI_BYTES, HEADER_BYTES, MAGIC, byte_list
from builds.compiler.graph import Graph, Tensor
from builds.compiler.operators.common.lowered_op import Array

_SECTION = '#define EF_WEIGHTS __attribute__((section(".rodata.ef_weights"))) static'
_CHECK = "const int32_t damaged = ef_check_weights({});"


@dataclass(frozen=True)
class ConstantStorage:
    """How a source has its constants: in the code, or in a section apart."""

    weights: str  # a line of the prelude
    common: tuple[str, ...]  # text that every kernel may use
    kernel: Callable[[str], str]
    array: Callable[[Array], str]
    shows_scales: bool
    checks: tuple[str, ...]  # lines at the head of ef_init
    functions: str  # beside the four
    own: tuple[str, ...] = ()  # text between the common and the kernels, of this model alone


def together() -> ConstantStorage:
    """Trained values stand in the code."""
    return ConstantStorage(
        weights=_SECTION,
        common=(runtime_text("common"),),
        kernel=str,
        array=array,
        shows_scales=True,
        checks=(),
        functions="",
    )


def apart(graph: Graph, abi: bytes, style: Style) -> ConstantStorage:
    """Trained values stand in the section."""
    given = "ef_placed" if style.embedding.placed_weights else ""
    return ConstantStorage(
        weights='#include "model_weights.h"',
        common=(runtime_text("common"), *placed_variable(style), numbers_text(style)),
        kernel=retyped,
        array=table,
        shows_scales=False,
        checks=(_CHECK.format(given), "if (damaged != 0) return damaged;"),
        functions=_functions(graph, style),
        own=(_weights_check(abi, style),),
    )


def _weights_check(abi: bytes, style: Style) -> str:
    covered = HEADER_BYTES - ABI_BYTES
    return Template(runtime_text("check_weights")).substitute(
        check_words(style),
        abi=byte_list(abi),
        abi_bytes=ABI_BYTES,
        magic=f"{MAGIC:08x}",
        covered=covered,
    )


def _functions(graph: Graph, style: Style) -> str:
    words = {}
    for side, tensors in (("input", graph.inputs), ("output", graph.outputs)):
        words[f"{side}_scale"] = _element(f"{side}_scales", tensors, "0.0f", style)
        words[f"{side}_zero"] = _element(f"{side}_zero_points", tensors, "0", style)
    return placing(style) + Template(runtime_text("quantization")).substitute(words)


def _element(field: str, tensors: Sequence[Tensor], missing: str, style: Style) -> str:
    if not tensors:
        return missing
    there = "ef_placed != nullptr && " if style.embedding.placed_weights else ""
    return style.weights(f"{there}index < {len(tensors)} ? {OBJECT}.{field}[index] : {missing}")
