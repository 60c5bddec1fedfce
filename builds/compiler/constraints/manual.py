"""The manual's page of supported operators, made from the functions that check them."""

from builds.compiler.constraints.table import CONSTRAINTS

_HEAD = """\
# Supported operators

Made from the compiler's own checks: each sentence below is the one that a refusal shows.
Every operator is proved byte-equal to TensorFlow Lite Micro where that has it. It has no
REDUCE_ANY, RELU_N1_TO_1, TILE and GELU, and no EXP, LOG and SQRT of int8: those compute what LiteRT
computes.
SHAPE and arithmetic on shapes are worked out at compile time, as are VAR_HANDLE and CALL_ONCE.
A WHILE with a constant number of turns is unrolled. Functions of real numbers (ABS, CEIL, COS,
ELU, EXP, FLOOR, LOG, NEG, ROUND, RSQRT, SIN, SQRT, SQUARE, and POW with a constant exponent)
between DEQUANTIZE and QUANTIZE become tables.
"""


def supported_ops_page() -> str:
    """Give the page as Markdown; equal compilers give equal pages."""
    return "\n".join([_HEAD, *(_section(kind) for kind in sorted(CONSTRAINTS))])


def _section(kind: str) -> str:
    sentences = [f"* {rule.__doc__}" for rule in CONSTRAINTS[kind]]
    return "\n".join([f"## {kind}", "", *sentences, ""])
