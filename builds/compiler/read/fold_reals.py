"""A function of real numbers between DEQUANTIZE and QUANTIZE is a table of 256 answers.

A converter that cannot quantise a function leaves it in float32 and puts the two around it. From
one int8 to another there are only 256 cases, which are worked out here.

Guarantees: a chain is replaced only when each of its tensors after the first is read once and every
answer is finite; the answers are rounded as float32 rounds, which is what a C library's functions
give.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from builds.compiler.graph import Graph, Op, Tensor

_LOGISTIC_ENDS = (-9.0, 16.619047164916992)  # beyond them TFLM gives exp(x), and 1
_LARGEST = 2.0**30  # of an answer in steps of the output; beyond lies what C leaves open


def fold_reals(graph: Graph) -> Graph:
    """Replace each chain by a QUANTIZE that says its functions."""
    ops: list[Op] = []
    gone: set[int] = set()
    for op in graph.ops:
        chain = _chain(op, graph) if op.kind == "QUANTIZE" else ()
        if chain:
            gone |= {link.index for link in chain[1:]}
            functions = tuple(_function(link, graph) for link in chain[1:])
            ops.append(replace(op, inputs=chain[0].inputs, functions=functions))
        else:
            ops.append(op)
    kept = tuple(op for op in ops if op.index not in gone)
    read = {t.index for t in graph.outputs} | {i for op in kept for i in op.inputs}
    return graph.with_ops(
        tuple(op for op in kept if op.kind != "DEQUANTIZE" or read.intersection(op.outputs))
    )


def _function(op: Op, graph: Graph) -> str:
    """Name a function; one of two operands with the constant that is its second."""
    if len(op.inputs) == 1:
        return op.kind
    return f"{op.kind} {float(graph.tensor(op.inputs[1]).array().reshape(-1)[0])}"


def answers(functions: tuple[str, ...], source: Tensor, target: Tensor) -> list[int] | None:
    """Give the outputs for the inputs -128 to 127; None when one is not a number that fits."""
    found: list[int] = []
    for q in range(-128, 128):
        value = float(np.float32(source.scale * (q - source.zero_point)))
        try:
            for function in functions:
                value = float(np.float32(_value(function, value)))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None
        scaled = float(np.float32(value) / np.float32(target.scale))
        if not abs(scaled) < _LARGEST:
            return None
        whole = math.copysign(math.floor(abs(scaled) + 0.5), scaled)
        found.append(min(max(int(whole) + target.zero_point, -128), 127))
    return found


def _value(function: str, x: float) -> float:
    name, _, operand = function.partition(" ")
    return REALS_OF_TWO[name](x, float(operand)) if operand else REALS[name](x)


def _chain(last: Op, graph: Graph) -> tuple[Op, ...]:
    """Find the DEQUANTIZE and the functions before a QUANTIZE; empty when there are none."""
    made = {op.outputs[0]: op for op in graph.ops if len(op.outputs) == 1}
    kept = {t.index for t in graph.outputs}
    links: list[Op] = []
    at = last.inputs[0] if len(last.inputs) == 1 else -1
    while at in made:
        op = made[at]
        if op.kind == "DEQUANTIZE":
            links.insert(0, op)
            break
        if not _is_function(op, graph) or at in kept or len(graph.consumers(at)) != 1:
            return ()
        links.insert(0, op)
        at = op.inputs[0]
    known = len(links) > 1 and links[0].kind == "DEQUANTIZE"
    return tuple(links) if known and _is_table(last, links, graph) else ()


def _is_function(op: Op, graph: Graph) -> bool:
    if len(op.inputs) == 1:
        return op.kind in REALS
    second = graph.operand(op, 1)
    one = second is not None and second.elements == 1 and second.dtype == "float32"
    return op.kind in REALS_OF_TWO and one and second is not None and second.data is not None


def _is_table(last: Op, links: list[Op], graph: Graph) -> bool:
    source, target = graph.tensor(links[0].inputs[0]), graph.tensor(last.outputs[0])
    real = all(graph.tensor(op.outputs[0]).dtype == "float32" for op in links)
    one = all(len(t.scales) == 1 and t.dtype == "int8" for t in (source, target))
    functions = tuple(_function(op, graph) for op in links[1:])
    shapes = {graph.tensor(op.outputs[0]).elements for op in links} | {target.elements}
    whole = shapes == {source.elements} and source.data is None
    return real and one and whole and answers(functions, source, target) is not None


def _elu(x: float) -> float:
    return math.expm1(x) if x < 0 else x


def _logistic(x: float) -> float:
    """As TFLM has it: its ends are cut short."""
    if x < _LOGISTIC_ENDS[0]:
        return math.exp(x)
    return 1 / (1 + math.exp(-x)) if x <= _LOGISTIC_ENDS[1] else 1.0


REALS: Final[Mapping[str, Callable[[float], float]]] = {
    "ABS": abs,
    "CEIL": lambda x: float(math.ceil(x)),
    "COS": math.cos,
    "ELU": _elu,
    "EXP": math.exp,
    "FLOOR": lambda x: float(math.floor(x)),
    "LOG": math.log,
    "LOGISTIC": _logistic,
    "NEG": lambda x: -x,
    "RELU": lambda x: max(x, 0.0),
    "RELU6": lambda x: min(max(x, 0.0), 6.0),
    "ROUND": lambda x: float(round(x)),  # halves to even, as TFLM rounds
    "RSQRT": lambda x: float(np.float32(1) / np.float32(math.sqrt(x))),
    "SIN": math.sin,
    "SQRT": math.sqrt,
    "SQUARE": lambda x: x * x,
    "TANH": math.tanh,
}
"""Functions of one real number."""

REALS_OF_TWO: Final[Mapping[str, Callable[[float, float], float]]] = {"POW": math.pow}
"""Functions whose second operand is a constant."""
