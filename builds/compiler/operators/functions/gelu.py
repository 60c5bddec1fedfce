"""GELU of int8, exact or by TANH, in real numbers as LiteRT fills its table."""

import math
from typing import Final

from builds.compiler.graph import Op
from builds.compiler.operators.common.lookup_table import TABLE, of_reals, of_table
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def _gelu(op: Op, x: float) -> float:
    if op.options["approximate"]:
        return 0.5 * x * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1.0 + math.erf(x * math.sqrt(0.5)))


OPDEFS: Final = (
    OpDef(
        "GELU",
        constraints=TABLE,
        lower=of_table(of_reals(_gelu)),
        options=(116, (("approximate", 0, "bool", False),)),
        resolver=None,
        shape=BROADCAST,
        function_of=1,
        note="TFLM has none: this computes what LiteRT computes.",
    ),
)
