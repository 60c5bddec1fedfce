"""Short float tails behind a network of integers, which are left to the caller.

A converter may leave what follows the last layer in float32: DEQUANTIZE, then LOG_SOFTMAX. TFLM
takes `expf` and `logf` of whatever C library there is, and these differ in their last bits, so no
build could be equal everywhere. The build then ends where the integers end.

Guarantees: an output is only moved when all that lies behind one integer tensor are functions of
this list and at least one of them cannot be compiled; a model without such a tail stays as it is,
byte for byte.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from builds.compiler import limits
from builds.compiler.graph import ABSENT, Graph, Op
from builds.compiler.operators.refusal import refusal
from builds.compiler.operators.table import real_form
from builds.compiler.read.flatbuffer import root
from builds.compiler.read.reference import remove_operators

_LONGEST: Final = 12  # operators of a tail; more is a part of the network
_INTEGERS: Final = frozenset({"int16", "int8", "uint8"})
_PLACES: Final = frozenset({"ARG_MAX", "ARG_MIN"})  # compiled as they are, of one type
_ITEM: Final = 4  # bytes of an index
_FUNCTIONS: Final = frozenset(
    """ABS ADD ARG_MAX ARG_MIN CAST CEIL COS DIV ELU EXP EXPAND_DIMS FLOOR GELU HARD_SWISH
    L2_NORMALIZATION LEAKY_RELU LOG LOGISTIC LOG_SOFTMAX MAXIMUM MEAN MINIMUM MUL NEG POW
    REDUCE_MAX REDUCE_MIN RELU RELU6 RELU_N1_TO_1 RESHAPE ROUND RSQRT SIN SOFTMAX SQRT SQUARE
    SQUARED_DIFFERENCE SQUEEZE SUB SUM TANH TRANSPOSE""".split()
)
"""What a caller can do by itself; a layer with weights is none of it."""


@dataclass(frozen=True)
class Tail:
    """What lies behind a tensor of integers that becomes an output in its place."""

    source: int  # index of the tensor
    ops: tuple[Op, ...]  # in the order in which they run

    @property
    def text(self) -> str:
        """Name the operators, with the one option that changes what they give."""
        return ", ".join(_named(op) for op in self.ops)


def _named(op: Op) -> str:
    beta = float(op.options.get("beta", 1.0))
    return op.kind if beta == 1 else f"{op.kind} (beta {beta:g})"


def find_tails(graph: Graph) -> dict[int, Tail]:
    """Give the tails by the position of their output."""
    makers = {index: op for op in graph.ops for index in op.outputs}
    return {
        position: tail
        for position, tensor in enumerate(graph.outputs)
        if tensor.data is None and (tail := _tail(tensor.index, graph, makers))
    }


def _tail(output: int, graph: Graph, makers: Mapping[int, Op]) -> Tail | None:
    ops: dict[int, Op] = {}
    sources: set[int] = set()
    waiting = [output]
    while waiting:
        op = makers.get(waiting.pop())
        if op is None or len(ops) >= _LONGEST:
            return None
        if op.index in ops:
            continue
        ops[op.index] = op
        if op.kind == "DEQUANTIZE":
            sources.add(op.inputs[0])
        elif op.kind in _FUNCTIONS and len(op.outputs) == 1:
            given = [graph.tensor(i) for i in op.inputs if i != ABSENT]
            waiting += [t.index for t in given if t.data is None]
        else:
            return None
    if not any(_is_left(op, graph) for op in ops.values() if op.kind not in _PLACES):
        return None
    whole = len(sources) == 1 and graph.tensor(min(sources)).dtype in _INTEGERS
    return Tail(sources.pop(), tuple(ops[i] for i in sorted(ops))) if whole else None


def _is_left(op: Op, graph: Graph) -> bool:
    """Tell whether a tail with this operator is left to the caller: only arithmetic is not."""
    return real_form(op, graph) is not None or bool(refusal(op, graph))


def cut_off(model: bytes, graph: Graph, tails: Mapping[int, Tail]) -> bytes:
    """Write a file without the tails: other outputs, and no operators that nobody reads."""
    main = root(memoryview(model), b"TFL3", "The model").tables(2, "subgraph", limits.OPS)[0]
    written = bytearray(model)
    start, _ = main.place(2, _ITEM, limits.ARITY)
    for position, tail in tails.items():
        at = start + _ITEM * position
        written[at : at + _ITEM] = tail.source.to_bytes(_ITEM, "little")
    unread = _unread(graph, tails)
    made = [op.integers(2, limits.ARITY) for op in main.tables(3, "operator", limits.OPS)]
    gone = {number for number, tensors in enumerate(made) if unread.issuperset(tensors)}
    remove_operators(written, main, gone)
    return bytes(written)


def _unread(graph: Graph, tails: Mapping[int, Tail]) -> frozenset[int]:
    """Find the tensors that only the tails made and read."""
    kept = {t.index for position, t in enumerate(graph.outputs) if position not in tails}
    kept |= {tail.source for tail in tails.values()}
    doubtful = {op.index: op for tail in tails.values() for op in tail.ops}
    read = kept | {i for op in graph.ops if op.index not in doubtful for i in op.inputs}
    unread: set[int] = set()
    for index in sorted(doubtful, reverse=True):
        op = doubtful[index]
        if read.isdisjoint(op.outputs):
            unread |= set(op.outputs)
        else:
            read |= set(op.inputs)
    return frozenset(unread)


def left_to_caller(graph: Graph) -> Sequence[str]:
    """Say of each output that stands for another what its caller has to do."""
    return tuple(
        f"Output {position} is what goes into {text}: the model has these in float32 behind it, "
        "where C libraries differ in their last bits, and they are left to the caller."
        for position, text in sorted(graph.tails.items())
    )
