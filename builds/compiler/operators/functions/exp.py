"""EXP and LOG of int8, in real numbers as LiteRT fills its tables, and of float32."""

import math
from typing import Final

from builds.compiler.graph import Op
from builds.compiler.operators.common.lookup_table import TABLE, of_reals, of_table
from builds.compiler.operators.common.real.form import function_of_reals
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_LARGEST_EXPONENT = 88.0  # of e in float32
_FAR_BELOW = -1e9  # what has no logarithm: below any output, at any scale


def _exp(op: Op, x: float) -> float:
    return math.exp(min(x, _LARGEST_EXPONENT))


def _log(op: Op, x: float) -> float:
    return math.log(x) if x > 0 else _FAR_BELOW


OPDEFS: Final = (
    OpDef(
        "EXP",
        constraints=TABLE,
        lower=of_table(of_reals(_exp)),
        shape=BROADCAST,
        function_of=1,
        real=function_of_reals("ef_exp", "exp_real"),
        note="TFLM has none of int8: this computes what LiteRT computes.",
    ),
    OpDef(
        "LOG",
        constraints=TABLE,
        lower=of_table(of_reals(_log)),
        shape=BROADCAST,
        function_of=1,
        real=function_of_reals("ef_log", "log_real"),
        note="TFLM has none of int8: this computes what LiteRT computes.",
    ),
)
