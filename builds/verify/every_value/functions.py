"""Which operators of a model are functions of one 8- or 16-bit value, and of nothing else.

An operator with a second operand counts when that is constant and the same at every place, or
differs only along the last axis: then each of its columns is such a function. So does a chain of
functions of real numbers between DEQUANTIZE and QUANTIZE.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.functions.reals import REALS, REALS_OF_TWO
from builds.compiler.operators.table import SUPPORTED

VALUES: Final = {"int8": 1 << 8, "uint8": 1 << 8, "int16": 1 << 16}
"""How many values a type has."""
OF_ONE: Final = frozenset(name for name, opdef in SUPPORTED.items() if opdef.function_of == 1)
OF_TWO: Final = frozenset(name for name, opdef in SUPPORTED.items() if opdef.function_of == 2)


@dataclass(frozen=True)
class Function:
    """Operators, one after the other, that make one value of another, in each of `columns`."""

    ops: tuple[Op, ...]
    source: Tensor
    target: Tensor
    columns: int
    key: tuple[object, ...]  # equal for functions that cannot differ

    @property
    def label(self) -> str:
        """How messages name it."""
        return self.ops[-1].label if len(self.ops) == 1 else f"{self.ops[0].label} and what follows"

    @property
    def values(self) -> int:
        """How many values go in."""
        return VALUES[self.source.dtype]

    def tensors(self) -> set[int]:
        """Give the tensors that are computed, the source among them."""
        return {self.source.index, *(i for op in self.ops for i in op.outputs)}


def functions_of(graph: Graph) -> list[Function]:
    """Find the functions of a subgraph as its file has it, each kind once."""
    found = [
        _chain(op, graph) if _ends_a_chain(op, graph) else _single(op, graph) for op in graph.ops
    ]
    once: dict[tuple[object, ...], Function] = {}
    for function in found:
        if function is not None and function.source.dtype in VALUES:
            once.setdefault(function.key, function)
    return list(once.values())


def _single(op: Op, graph: Graph) -> Function | None:
    place = _computed(op, graph)
    known = op.kind in OF_ONE if len(op.inputs) == 1 else op.kind in OF_TWO
    return None if place is None or not known else _function((op,), place, graph)


def _computed(op: Op, graph: Graph) -> int | None:
    """Give the position of the one operand that is computed, None when it is not alone."""
    if len(op.outputs) != 1 or len(op.inputs) not in (1, 2) or min(op.inputs) < 0:
        return None
    places = [n for n, i in enumerate(op.inputs) if graph.tensor(i).data is None]
    return places[0] if len(places) == 1 else None


def _ends_a_chain(op: Op, graph: Graph) -> bool:
    real = len(op.inputs) == 1 and op.inputs[0] >= 0 and len(op.outputs) == 1
    return op.kind == "QUANTIZE" and real and graph.tensor(op.inputs[0]).dtype == "float32"


def _chain(last: Op, graph: Graph) -> Function | None:
    made = {op.outputs[0]: op for op in graph.ops if len(op.outputs) == 1}
    ops, at = [last], last.inputs[0]
    while at in made:
        op = made[at]
        place = _computed(op, graph)
        known = op.kind in REALS or op.kind in REALS_OF_TWO or op.kind == "DEQUANTIZE"
        if place != 0 or not known:
            return None
        ops.insert(0, op)
        if op.kind == "DEQUANTIZE":
            return _function(tuple(ops), 0, graph)
        at = op.inputs[0]
    return None


def _function(ops: tuple[Op, ...], place: int, graph: Graph) -> Function | None:
    source, target = graph.tensor(ops[0].inputs[place]), graph.tensor(ops[-1].outputs[0])
    constants = [
        graph.tensor(i) for op in ops for i in op.inputs if graph.tensor(i).data is not None
    ]
    columns = max((t.shape[-1] for t in constants if t.shape), default=1)
    flat = all(t.elements in (1, columns) and prod(t.shape[:-1]) == 1 for t in constants)
    shaped = source.shape and source.elements == target.elements
    if not (flat and shaped) or (columns > 1 and len(source.shape) < 2):
        return None
    key = (
        *((op.kind, tuple(sorted(op.options.items())), _places(op, graph)) for op in ops),
        _facts(source), _facts(target), *map(_facts, constants),
    )  # fmt: skip
    return Function(ops, source, target, columns, key)


def _places(op: Op, graph: Graph) -> tuple[bool, ...]:
    return tuple(graph.tensor(i).data is None for i in op.inputs)


def _facts(tensor: Tensor) -> tuple[object, ...]:
    return (tensor.dtype, tensor.quantization, tensor.data)


def shape_of(function: Function, rank: int) -> tuple[int, ...]:
    """Give the shape, of so many dimensions, in which every value meets every column."""
    if function.columns == 1:
        return (1,) * (rank - 1) + (function.values,)
    return (1,) * (rank - 2) + (function.values, function.columns)


def apart(functions: Sequence[Function]) -> list[list[Function]]:
    """Part functions so that within a part no result is an input, and no tensor has two shapes."""
    parts: list[list[Function]] = []
    for function in functions:
        part = next((p for p in parts if all(_fits(function, other) for other in p)), None)
        if part is None:
            parts.append([function])
        else:
            part.append(function)
    return parts


def _fits(one: Function, other: Function) -> bool:
    shared = one.tensors() & other.tensors()
    same = one.columns == other.columns
    return not shared or (same and shared == {one.source.index} == {other.source.index})
