"""Which function of TFLM's `MicroMutableOpResolver` registers which operator.

Each operator of the compiler says it in its declaration; the others are listed here.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from builds.compiler.operators.table import SUPPORTED
from builds.export.errors import ExportError

OTHERS: Final[dict[str, str]] = {
    "BROADCAST_ARGS": "AddBroadcastArgs",
    "CALL_ONCE": "AddCallOnce",
    "IF": "AddIf",
    "SHAPE": "AddShape",
    "VAR_HANDLE": "AddVarHandle",
    "WHILE": "AddWhile",
}
"""Operators that TFLM runs and the compiler does not, or works out beforehand."""
RESOLVER_FUNCTIONS: Final[Mapping[str, str]] = OTHERS | {
    name: opdef.resolver_function for name, opdef in SUPPORTED.items() if opdef.resolver_function
}


def add_function(kind: str) -> str:
    """The name of the resolver's function for an operator."""
    if kind in RESOLVER_FUNCTIONS:
        return RESOLVER_FUNCTIONS[kind]
    raise ExportError(f"TensorFlow Lite Micro's resolver has no function for {kind}.")


def add_functions(kinds: Iterable[str]) -> tuple[str, ...]:
    """The functions for these operators, each once, in the order of their names."""
    return tuple(sorted({add_function(kind) for kind in kinds}))
