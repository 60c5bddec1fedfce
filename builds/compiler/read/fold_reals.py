"""A function of real numbers between DEQUANTIZE and QUANTIZE is a table of 256 answers.

A converter that cannot quantise a function leaves it in float32 and puts the two around it. From
one int8 to another there are only 256 cases, which are worked out here.

Guarantees: a chain is replaced only when each of its tensors after the first is read once and every
answer is finite; the answers are rounded as float32 rounds, which is what a C library's functions
give.
"""

from dataclasses import replace

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.functions.reals import REALS, REALS_OF_TWO, answers


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
