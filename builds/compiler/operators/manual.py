"""The manual's page of supported operators, made from their declarations."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from inspect import getdoc
from sys import modules

from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.table import HOMES, SUPPORTED

_HEAD = """\
# Supported operators

Made from the compiler's own checks: each sentence below is the one that a refusal shows.
Every operator is proved byte-equal to TensorFlow Lite Micro (TFLM) where that has it.
SHAPE and arithmetic on shapes are worked out at compile time, as are VAR_HANDLE and CALL_ONCE.
A WHILE with a constant number of turns is unrolled. Functions of real numbers (ABS, CEIL, COS,
ELU, EXP, FLOOR, LOG, NEG, ROUND, RSQRT, SIN, SQRT, SQUARE, and POW with a constant exponent)
between DEQUANTIZE and QUANTIZE become tables. Where an operator's result is float32, the sentences
under "In float32" hold in place of those above them.
"""


def supported_ops_page() -> str:
    """Give the page as Markdown; equal compilers give equal pages."""
    return "\n".join([_HEAD, *_rooms(SUPPORTED), "", *map(_section, SUPPORTED.values())])


def _rooms(supported: Mapping[str, OpDef]) -> Iterator[str]:
    """Give one row for each kind of operators: what they do, and their names."""
    rooms: dict[str, list[str]] = defaultdict(list)
    for name in supported:
        rooms[HOMES[name].rpartition(".")[0]].append(name)
    yield from ("| what they do | operators |", "|---|---|")
    for room, names in sorted(rooms.items()):
        yield f"| {(getdoc(modules[room]) or '').rstrip('.')} | {', '.join(names)} |"


def _section(opdef: OpDef) -> str:
    """Give an operator's heading, its note and the sentences of its constraints."""
    lines = [f"## {opdef.name}", ""]
    if opdef.note:
        lines += [opdef.note, ""]
    lines += [f"* {rule.__doc__}" for rule in opdef.constraints]
    if opdef.real:
        lines += ["", "In float32:", "", *(f"* {rule.__doc__}" for rule in opdef.real.constraints)]
    return "\n".join([*lines, ""])
