"""ELU of int8, in real numbers as TFLM fills its table, and of float32."""

import math
from typing import Final

import numpy as np

from builds.compiler.graph import Op
from builds.compiler.operators.common.lookup_table import TABLE, of_reals, of_table
from builds.compiler.operators.common.real.form import function_of_reals
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def _elu(op: Op, x: float) -> float:
    return float(np.float32(math.exp(x)) - np.float32(1)) if x < 0 else x


OPDEFS: Final = (
    OpDef(
        "ELU",
        constraints=TABLE,
        lower=of_table(of_reals(_elu)),
        shape=BROADCAST,
        function_of=1,
        headers=("elu_real",),
        real=function_of_reals("ef_elu", "exp_real", "expm1_real", "elu_real"),
    ),
)
