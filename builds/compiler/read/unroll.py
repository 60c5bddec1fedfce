"""WHILE with a constant number of turns, as recurrent layers export it: turns become operators.

Guarantees: a loop is unrolled only when its condition can be worked out from constants before every
turn, and when all turns together stay within the limits; else it stays, for the checks to refuse.
What a turn takes over from the one before is not converted: TFLM copies its bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from builds.compiler import limits
from builds.compiler.errors import BadModel, Unsupported
from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.read.fold_shapes import fold_op


def unroll_loops(main: Graph, others: Sequence[Graph]) -> Graph:
    """Replace the loops of the main graph by their turns; `others` are the file's other graphs."""
    if all(op.kind != "WHILE" for op in main.ops):
        return main
    roll = _Roll(list(main.tensors), others, _used(main))
    for op in main.ops:
        if op.kind == "WHILE":
            _unroll(op, roll)
        else:
            roll.add(op)
    outputs = tuple(roll.tensors[t.index] for t in main.outputs)
    return replace(main, tensors=tuple(roll.tensors), ops=tuple(roll.ops), outputs=outputs)


@dataclass
class _Roll:
    """The unrolled graph while it grows."""

    tensors: list[Tensor]
    others: Sequence[Graph]
    used: frozenset[int]
    ops: list[Op] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)

    def add(self, op: Op) -> None:
        """Add an operator, unless it can be worked out or makes nothing."""
        op = _without_empty(op, self.tensors)
        if fold_op(op, self.tensors, self.changed) or _is_empty(op, self.tensors):
            return
        if len(self.ops) >= limits.UNROLLED_OPS:
            raise Unsupported(
                f"{op.label} in a loop makes more than {limits.UNROLLED_OPS} operators of it; "
                "shorten the sequence, or export the layer as one operator."
            )
        self.ops.append(replace(op, index=len(self.ops)))

    def copy(self, tensor: Tensor) -> int:
        """Add a tensor like another; give its index."""
        self.tensors.append(replace(tensor, index=len(self.tensors)))
        return len(self.tensors) - 1

    def name(self, source: int, target: int) -> None:
        """Give the bytes of a tensor a second name, with its own type and scale."""
        self.add(Op(0, "RESHAPE", 1, (source,), (target,), {}))


def _used(graph: Graph) -> frozenset[int]:
    return frozenset({i for op in graph.ops for i in op.inputs} | {t.index for t in graph.outputs})


def _unroll(op: Op, roll: _Roll) -> None:
    condition, body = (_graph(op, roll, name) for name in ("condition", "body"))
    if {len(op.inputs), len(op.outputs), len(condition.inputs), len(body.inputs)} != {
        len(body.outputs)
    }:
        raise BadModel(f"{op.label} and its graphs differ in what they carry from turn to turn.")
    state = [_filled(i, roll) for i in op.inputs]
    constants: dict[int, int] = {}
    for _ in range(limits.TURNS + 1):
        if not _holds(op, condition, state, roll):
            break
        state = _turn(body, state, constants, roll)
    else:
        raise Unsupported(f"{op.label} takes more than {limits.TURNS} turns; shorten its sequence.")
    for source, target in zip(state, op.outputs, strict=True):
        if target in roll.used:
            roll.name(source, target)


def _graph(op: Op, roll: _Roll, name: str) -> Graph:
    number = op.option(name)
    if not 0 < number <= len(roll.others):
        raise BadModel(f"{op.label} has a graph that the file does not have.")
    return roll.others[number - 1]


def _holds(op: Op, condition: Graph, state: Sequence[int], roll: _Roll) -> bool:
    """Work the condition out, in a copy that is thrown away."""
    trial = _Roll(list(roll.tensors), (), frozenset())
    (answer, *_) = [*_turn(condition, state, {}, trial), ABSENT]
    data = trial.tensors[answer].data if answer != ABSENT else None
    if data is None or len(data) != 1:
        raise Unsupported(
            f"{op.label}: only loops with a constant number of turns are compiled; fix the length "
            "of the sequence, or export recurrent layers with unroll=True."
        )
    return data != b"\0"


def _turn(graph: Graph, state: Sequence[int], constants: dict[int, int], roll: _Roll) -> list[int]:
    """Add one turn's operators; give what the next turn starts from."""
    places = {ABSENT: ABSENT}
    for source, argument in zip(state, graph.inputs, strict=True):
        places[argument.index] = _as_argument(source, argument, roll)

    def place(index: int) -> int:
        known = constants if graph.tensors[index].data is not None else places
        if index not in known and index not in places:
            known[index] = roll.copy(graph.tensors[index])
        return places.get(index, known.get(index, ABSENT))

    for op in graph.ops:
        inputs = tuple(place(i) if i != ABSENT else ABSENT for i in op.inputs)
        roll.add(replace(op, inputs=inputs, outputs=tuple(place(i) for i in op.outputs)))
    return [place(t.index) for t in graph.outputs]


def _as_argument(source: int, argument: Tensor, roll: _Roll) -> int:
    given = roll.tensors[source]
    same = (given.dtype, given.scales, given.zero_point)
    if same == (argument.dtype, argument.scales, argument.zero_point):
        return source
    target = roll.copy(replace(argument, shape=given.shape))
    roll.name(source, target)
    return target


def _filled(index: int, roll: _Roll) -> int:
    """Make an activation of a start that is one value everywhere, as layers want theirs."""
    start = roll.tensors[index]
    if start.data is None or start.dtype not in ("int8", "int16", "float32"):
        return index
    values = start.array().reshape(-1)
    if len(set(values.tolist())) != 1:
        return index
    shape = np.asarray(start.shape, "<i4")
    sizes = roll.copy(Tensor(0, "", "int32", shape.shape, None, shape.tobytes()))
    one = roll.copy(replace(start, shape=(), data=values[:1].tobytes()))
    target = roll.copy(replace(start, data=None))
    roll.add(Op(0, "FILL", 1, (sizes, one), (target,), {}))
    return target


def _without_empty(op: Op, tensors: Sequence[Tensor]) -> Op:
    """Leave out what a CONCATENATION has of slices that are empty."""
    if op.kind != "CONCATENATION":
        return op
    return replace(op, inputs=tuple(i for i in op.inputs if i < 0 or tensors[i].elements))


def _is_empty(op: Op, tensors: Sequence[Tensor]) -> bool:
    return any(not tensors[i].elements for i in op.outputs)
