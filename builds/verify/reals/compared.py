"""What a proof says of real numbers: what it compared, with whose functions, and how far another C
library would be.

Guarantees: a number that is not one counts as equal to any other such, whatever its bits, for
processors make them differently; all else is compared bit by bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from builds.compiler.operators.common.real.c_functions import C_FUNCTIONS
from builds.verify.interface import Interface

_REAL = "float32"


@dataclass(frozen=True)
class RealProof:
    """How real numbers were compared."""

    functions: tuple[str, ...]  # of a C library, that TFLM had from the build
    c_library_difference: float | None  # largest, of outputs with those of this machine's
    vectors: int  # on which that was measured


def canonical(interface: Interface, outputs: bytes) -> bytes:
    """Write each output that is not a number in one way."""
    at, parts = 0, []
    for slot in interface.outputs:
        data = outputs[at : at + slot.nbytes]
        at += slot.nbytes
        if slot.dtype == _REAL and not _numbers(data):
            values = np.frombuffer(data, "<f4").copy()
            values[np.isnan(values)] = np.nan
            data = values.tobytes()
        parts.append(data)
    return b"".join(parts)


def are_numbers(interface: Interface, outputs: bytes) -> bool:
    """Tell whether all real outputs are numbers."""
    return canonical(interface, outputs) == outputs and all(
        _numbers(data) for data in _real_outputs(interface, outputs)
    )


def _numbers(data: bytes) -> bool:
    return not bool(np.isnan(np.frombuffer(data, "<f4")).any())


def _real_outputs(interface: Interface, outputs: bytes) -> list[bytes]:
    at, found = 0, []
    for slot in interface.outputs:
        if slot.dtype == _REAL:
            found.append(outputs[at : at + slot.nbytes])
        at += slot.nbytes
    return found


def real_proof(
    interface: Interface,
    functions: Sequence[str],
    pairs: Sequence[tuple[bytes, bytes]],
) -> RealProof:
    """Put it together; `pairs` are outputs with the build's functions and with this machine's."""
    differences = [
        _largest(one, other)
        for ours, theirs in pairs
        for one, other in zip(
            _real_outputs(interface, ours), _real_outputs(interface, theirs), strict=True
        )
    ]
    return RealProof(tuple(functions), max(differences, default=None), len(pairs))


def _largest(one: bytes, other: bytes) -> float:
    a, b = (np.frombuffer(data, "<f4").astype(np.float64) for data in (one, other))
    with np.errstate(invalid="ignore"):
        away = np.abs(a - b)
    return float(np.nan_to_num(away[np.isfinite(away)]).max(initial=0.0))


def reals_json(found: RealProof | None) -> dict[str, object] | None:
    """What a report says of real numbers; None where there are none."""
    if found is None:
        return None
    return {
        "compared": "bit by bit",
        "functions": {name: {"units": C_FUNCTIONS[name].units} for name in found.functions},
        "c_library_difference": found.c_library_difference,
        "c_library_vectors": found.vectors,
    }
