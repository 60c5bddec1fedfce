"""The weights of a build as a section of their own, and the steps that read them from it.

Guarantees: what is left in the steps is the same for every training of one network; each number and
each array has one place, whose name follows from its operator.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from builds.compiler.graph import Graph, Tensor
from builds.compiler.operators.common.learned_value import numbers_of, printed, replaced
from builds.compiler.operators.common.lowered_op import Array, LoweredOp, constant

OBJECT = "ef_weights"
_START = "start"  # who owns the numbers that `ef_init` reads
_NUMBERS, _REALS = "numbers", "reals"
_CTYPES = {_NUMBERS: "int32_t", _REALS: "float"}


@dataclass(frozen=True)
class Parted:
    """A build in two: steps and start, and the fields that they read (none when together)."""

    steps: tuple[LoweredOp, ...]
    start: tuple[str, ...]
    fields: tuple[Array, ...] = ()


def forget_names(graph: Graph) -> Graph:
    """Name each tensor after the kind of operator that writes it.

    A converter numbers layers as it meets them, so two trainings of one network name them
    differently.
    """
    kinds = {index: op.kind.lower() for op in graph.ops for index in op.outputs}

    def renamed(tensor: Tensor) -> Tensor:
        return replace(tensor, name=kinds.get(tensor.index, "given"))

    return replace(
        graph,
        tensors=tuple(renamed(tensor) for tensor in graph.tensors),
        inputs=tuple(renamed(tensor) for tensor in graph.inputs),
        outputs=tuple(renamed(tensor) for tensor in graph.outputs),
    )


def together(steps: Sequence[LoweredOp], start: Sequence[str]) -> Parted:
    """Leave every trained value in the code."""
    whole = tuple(
        replace(s, globals=tuple(map(printed, s.globals)), body=tuple(map(printed, s.body)))
        for s in steps
    )
    return Parted(whole, tuple(map(printed, start)))


def apart(graph: Graph, steps: Sequence[LoweredOp], start: Sequence[str]) -> Parted:
    """Move every trained value to a field; how inputs and outputs are quantized comes first."""
    fields = [*_quantization("input", graph.inputs), *_quantization("output", graph.outputs)]
    for step in steps:
        fields += [item for item in step.arrays if not item.fixed]
        fields += _numbers(step.name, [*step.globals, *step.body])
    fields += _numbers(_START, start)
    by_name = {item.name: item for item in fields}  # a variable's start belongs to all its readers
    place = _places(_START)
    return Parted(
        tuple(_reading(step, by_name) for step in steps),
        tuple(_renamed(replaced(line, place), by_name) for line in start),
        tuple(by_name.values()),
    )


def _reading(step: LoweredOp, fields: dict[str, Array]) -> LoweredOp:
    place = _places(step.name)
    texts = [replaced(text, lambda number: f"EfNumber({place(number)})") for text in step.globals]
    lines = [replaced(text, place) for text in step.body]
    return replace(
        step,
        globals=tuple(_renamed(text, fields) for text in texts),
        body=tuple(_renamed(text, fields) for text in lines),
        arrays=tuple(item for item in step.arrays if item.fixed),
    )


def _renamed(text: str, fields: dict[str, Array]) -> str:
    """Put the section's object before the name of each field."""

    def place(match: re.Match[str]) -> str:
        return f"{OBJECT}.{match[0]}" if match[0] in fields else match[0]

    return re.sub(r"(?<![.\w])[A-Za-z_]\w*", place, text)


def _places(owner: str) -> Callable[[str], str]:
    """Give the place of each number in turn."""
    turns = {kind: count() for kind in _CTYPES}

    def place(number: str) -> str:
        kind = _kind(number)
        return f"{OBJECT}.{owner}_{kind}[{next(turns[kind])}]"

    return place


def _numbers(owner: str, texts: Sequence[str]) -> list[Array]:
    found = numbers_of(texts)
    values = {kind: [n for n in found if _kind(n) == kind] for kind in _CTYPES}
    ints = [int(n) for n in values[_NUMBERS]]
    reals = [float.fromhex(n.removesuffix("f")) for n in values[_REALS]]
    made = [
        constant(f"{owner}_{_NUMBERS}", _CTYPES[_NUMBERS], np.array(ints, np.int64)),
        constant(f"{owner}_{_REALS}", _CTYPES[_REALS], np.array(reals, np.float64)),
    ]
    return [item for item in made if item.values.size]


def _kind(number: str) -> str:
    return _REALS if number.endswith("f") else _NUMBERS


def _quantization(side: str, tensors: Sequence[Tensor]) -> list[Array]:
    scales = np.array([tensor.scale for tensor in tensors], np.float64)
    zeros = np.array([tensor.zero_point for tensor in tensors], np.int64)
    made = [
        constant(f"{side}_scales", "float", scales),
        constant(f"{side}_zero_points", "int32_t", zeros),
    ]
    return [item for item in made if item.values.size]
