"""Which operators LiteRT computes otherwise than TFLM, and what says the same to both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from builds.compiler.arithmetic.multiplier import RANGES, clamp_range
from builds.compiler.graph import Graph, Op, Quantization, Tensor
from builds.compiler.litert.insert import Insertion, insert
from builds.compiler.read.tflite import read_subgraphs

_RELU6 = 3  # its number among the activations


@dataclass(frozen=True)
class Rewritten:
    """A model file, and the operators that were replaced in it."""

    model: bytes
    operators: tuple[str, ...]


def as_litert(model: bytes) -> Rewritten:
    """Replace every operator of the main graph that LiteRT computes otherwise."""
    graph = read_subgraphs(model)[0]
    more: list[Tensor] = []
    replaced: dict[int, tuple[Insertion, ...]] = {}
    for op in graph.ops:
        rule = RULES.get(op.kind)
        made = rule(op, graph, len(graph.tensors) + len(more)) if rule else None
        if made is not None:
            replaced[op.index] = made.ops
            more += made.tensors
    names = tuple(op.label for op in graph.ops if op.index in replaced)
    return Rewritten(insert(model, graph, replaced, more) if replaced else model, names)


@dataclass(frozen=True)
class Replacement:
    """Operators in the place of one, and the tensors between them."""

    ops: tuple[Insertion, ...]
    tensors: tuple[Tensor, ...] = ()


def _relu6(op: Op, graph: Graph, first: int) -> Replacement | None:
    """Rescale as RELU does, then clamp: TFLM's RELU6 only clamps."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    if source.dtype not in RANGES or _same_scale(source, target):
        return None
    if clamp_range(_RELU6, target)[1] == RANGES[target.dtype][1]:
        return Replacement((Insertion("RELU", op.inputs, op.outputs),))
    between = Tensor(
        first, f"{target.name}/rescaled", target.dtype, target.shape, target.quantization
    )
    return Replacement(
        (
            Insertion("RELU", op.inputs, (first,)),
            Insertion("RELU6", (first,), op.outputs),
        ),
        (between,),
    )


def _same_scale(a: Tensor, b: Tensor) -> bool:
    return (a.scales, a.zero_point) == (b.scales, b.zero_point)


def _space_to_batches(op: Op, graph: Graph, first: int) -> Replacement | None:
    """Pad with the zero point by PAD: TFLM's SPACE_TO_BATCH_ND pads with the byte 0."""
    source, pads = graph.tensor(op.inputs[0]), graph.tensor(op.inputs[2])
    if source.dtype != "int8" or not source.zero_point or pads.data is None:
        return None
    numbers = pads.array().reshape(-1, 2).astype(int)
    if not numbers.any():
        return None
    rest = len(source.shape) - 1 - len(numbers)
    wide = np.array([[0, 0], *numbers, *([[0, 0]] * rest)], "<i4")
    shape = tuple(int(s + p.sum()) for s, p in zip(source.shape, wide, strict=True))
    padding = _constant(first, f"{source.name}/paddings", wide)
    padded = Tensor(first + 1, f"{source.name}/padded", "int8", shape, source.quantization)
    none = _constant(first + 2, f"{source.name}/no_paddings", np.zeros(numbers.shape, "<i4"))
    return Replacement(
        (
            Insertion("PAD", (op.inputs[0], first), (first + 1,)),
            Insertion("SPACE_TO_BATCH_ND", (first + 1, op.inputs[1], first + 2), op.outputs),
        ),
        (padding, padded, none),
    )


def _constant(
    index: int, name: str, values: np.ndarray[tuple[int, ...], np.dtype[np.int32]]
) -> Tensor:
    quantization: Quantization | None = None
    return Tensor(index, name, "int32", values.shape, quantization, values.tobytes())


RULES: Final[Mapping[str, Callable[[Op, Graph, int], Replacement | None]]] = {
    "RELU6": _relu6,
    "SPACE_TO_BATCH_ND": _space_to_batches,
}
"""By operator; each gives None where the two agree."""

CHANGED: Final = frozenset(RULES)
