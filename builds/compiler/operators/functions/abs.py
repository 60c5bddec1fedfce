"""ABS of int8, and of float32."""

from typing import Final

from builds.compiler.arithmetic import fixedpoint as fx
from builds.compiler.arithmetic.multiplier import quantize_multiplier, ratio_float32, scale_exactly
from builds.compiler.graph import Op, Tensor
from builds.compiler.operators.common.lookup_table import INT8, TABLE, inputs_of, of_table
from builds.compiler.operators.common.real.form import function_of_reals
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST


def _abs(op: Op, source: Tensor, target: Tensor) -> list[int]:
    by = quantize_multiplier(ratio_float32(source.scale, target.scale))
    same = source.scale == target.scale
    scaled = [abs(x) if same else scale_exactly(abs(x), by) for x in inputs_of(source)]
    return [fx.saturate(v + target.zero_point, INT8) for v in scaled]


OPDEFS: Final = (
    OpDef(
        "ABS",
        constraints=TABLE,
        lower=of_table(_abs),
        shape=BROADCAST,
        function_of=1,
        headers=("steps_real",),
        real=function_of_reals("ef_size_of", "steps_real"),
    ),
)
