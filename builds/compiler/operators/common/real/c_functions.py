"""Functions of a C library that TFLM calls for real numbers, and what a build has in their place.

C libraries differ in their last bits, so equality with one of them would be equality with one
release of it. A build has functions of its own, the same on every target. A proof gives TFLM the
same ones; how near they are to the real values is stated here and tested.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class CFunction:
    """The kernel that stands for a function, the headers that it needs, and how near it is."""

    kernel: str
    headers: tuple[str, ...]
    units: float  # in the last place of a float32, at most


C_FUNCTIONS: Final[Mapping[str, CFunction]] = {
    "cosf": CFunction("ef_cos", ("sine_real",), 2),
    "expf": CFunction("ef_exp", ("exp_real",), 1.1),
    "expm1f": CFunction("ef_expm1", ("exp_real", "expm1_real"), 2),
    "logf": CFunction("ef_log", ("log_real",), 1),
    "sinf": CFunction("ef_sin", ("sine_real",), 2),
    "tanhf": CFunction("ef_tanh", ("exp_real", "tanh_real"), 2),
}


def c_functions_in(source: str) -> tuple[str, ...]:
    """Name the functions that a source has for those of a C library."""
    return tuple(
        name
        for name, function in C_FUNCTIONS.items()
        if f" {function.kernel}(float x) {{" in source
    )
