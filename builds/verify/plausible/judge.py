"""Whether an operator gave what the real numbers say, as far as rounding explains.

Guarantees: an operator is judged from what the interpreter itself put into it, so one that is wrong
does not make those after it look wrong; what is not a number, and what has no evaluator, is said to
be not judged.
"""

from dataclasses import dataclass, replace

import numpy as np

from builds.compiler.arithmetic.multiplier import RANGES
from builds.compiler.graph import Tensor
from builds.verify.plausible.case import Case, Expected, Reals, Stored
from builds.verify.plausible.operators.table import EVALUATORS

_NEAREST = 0.5  # steps: rounding to the nearest
# Of a result: multipliers have 31 bits, some are made of a product in single precision; of sums of
# 64 bits, as 16-bit activations have, they keep 16.
_RELATIVE = {"int8": 2.0**-20, "uint8": 2.0**-20, "int16": 2.0**-15, "int32": 2.0**-15}
_RANGES = RANGES | {"int32": (-(1 << 31), (1 << 31) - 1)}
_REAL_RELATIVE = 2.0**-20
_REAL_LEAST = 2.0**-100


@dataclass(frozen=True)
class JudgedOp:
    """One output of one operator: real results, and by how much what was made is beyond them."""

    tensor: Tensor
    exact: Reals  # in steps of the output where it is quantised
    beyond: Reals  # in the same unit; 0 where rounding explains it
    off: Reals  # the whole difference, in the same unit
    note: str = ""


def judge(case: Case) -> tuple[JudgedOp, ...] | None:
    """Judge every output; None where nothing can be said."""
    evaluate = EVALUATORS.get(case.op.kind)
    found = evaluate(case) if evaluate else None
    if found is None:
        return None
    return tuple(_judged(case, number, expected) for number, expected in enumerate(found))


def _judged(case: Case, number: int, expected: Expected) -> JudgedOp:
    tensor = expected.stored_as or case.target(number)
    found = compare(tensor, case.made(number), expected)
    return replace(found, tensor=case.target(number), note=expected.note)


def compare(tensor: Tensor, made: Stored, expected: Expected) -> JudgedOp:
    """Hold what was made against what is expected."""
    limits = _RANGES.get(tensor.dtype)
    values = np.asarray(expected.values, np.float64).reshape(np.shape(made))
    stored = np.asarray(made, np.float64)
    if tensor.quantization is None or limits is None:
        return _plain(tensor, stored, values, expected)
    exact = values / tensor.scale + tensor.zero_point
    wanted = np.clip(exact, *limits)
    allowed = _NEAREST + np.asarray(expected.steps) + np.asarray(expected.slack) / tensor.scale
    allowed = allowed + np.abs(wanted - tensor.zero_point) * _RELATIVE[tensor.dtype]
    return _difference(tensor, exact, stored - wanted, allowed)


def _plain(tensor: Tensor, stored: Reals, values: Reals, expected: Expected) -> JudgedOp:
    allowed = np.asarray(expected.slack, np.float64)
    if tensor.dtype == "float32":
        with np.errstate(all="ignore"):
            values = np.asarray(values, np.float32).astype(np.float64)
        values = np.where(np.isfinite(values), values, np.nan)
        allowed = allowed + np.abs(values) * _REAL_RELATIVE + _REAL_LEAST
    return _difference(tensor, values, stored - values, allowed)


def _difference(tensor: Tensor, exact: Reals, off: Reals, allowed: Reals) -> JudgedOp:
    with np.errstate(invalid="ignore"):
        beyond = np.where(np.abs(off) > allowed, np.abs(off), 0.0)
    return JudgedOp(tensor, exact, np.nan_to_num(beyond), np.nan_to_num(off))
