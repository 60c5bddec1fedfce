"""The constants of a classical operator by name, and what is asked of several of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common.lowered_op import Array, constant

Integers = NDArray[np.int64]
FEATURES_MAX: Final = 1 << 16
OUTPUTS_MAX: Final = 256
_WIDTHS: Final = (("int8_t", 7), ("int16_t", 15), ("int32_t", 31))


def named(op: Op, graph: Graph, names: Sequence[str]) -> Mapping[str, Tensor]:
    """Give the operands by their names; none when they are not as many."""
    given = [graph.tensor(i) for i in op.inputs if i != ABSENT]
    return dict(zip(names, given, strict=True)) if len(given) == len(names) else {}


def integers(tensor: Tensor) -> Integers:
    """Give a constant as wide integers, in its shape."""
    return tensor.array().astype(np.int64)


def narrow(name: str, values: Sequence[int] | NDArray[Any], *, unsigned: bool = False) -> Array:
    """Make an array of the smallest C type that holds the values."""
    flat = np.asarray(values, np.int64).reshape(-1)
    least, most = int(flat.min()), int(flat.max())
    for ctype, bits in _WIDTHS:
        if -(1 << bits) <= least and most < 1 << bits:
            return constant(name, ctype, flat)
        if unsigned and bits < 31 and least >= 0 and most < 1 << (bits + 1):
            return constant(name, f"u{ctype}", flat)
    raise ValueError(f"{name} does not fit 32 bits")


def is_row(tensor: Tensor) -> bool:
    """Tell whether a tensor is one row of a bounded number of elements."""
    shape = tensor.shape
    return len(shape) == 2 and shape[0] == 1 and 0 < shape[1] <= FEATURES_MAX


def is_computed_row(tensor: Tensor) -> bool:
    """Tell whether an operand is a row that is computed or given."""
    return tensor.data is None and is_row(tensor)
