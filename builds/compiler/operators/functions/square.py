"""SQUARE, CEIL, FLOOR, ROUND, SIN and COS, which TFLM has of float32 only."""

from typing import Final

from builds.compiler.operators.common.real.form import (
    RealForm,
    function_of_reals,
    only_a_table_in_integers,
)
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import BROADCAST

_FORMS: Final[dict[str, tuple[RealForm, tuple[str, ...]]]] = {
    "CEIL": (function_of_reals("ef_ceil", "whole_real"), ()),
    "COS": (function_of_reals("ef_cos", "sine_real"), ()),
    "FLOOR": (function_of_reals("ef_floor", "whole_real"), ()),
    "ROUND": (function_of_reals("ef_nearest", "whole_real", "round_real"), ("round_real",)),
    "SIN": (function_of_reals("ef_sin", "sine_real"), ()),
    "SQUARE": (function_of_reals("ef_squared", "steps_real"), ("steps_real",)),
}
OPDEFS: Final = tuple(
    OpDef(
        kind,
        constraints=(only_a_table_in_integers,),
        lower=form.lower,
        headers=headers,
        shape=BROADCAST,
        real=form,
    )
    for kind, (form, headers) in _FORMS.items()
)
