"""How floats travel in a library: a firmware links only with code of its own float ABI.

Guarantees: a target without a float unit, or that is no Arm microcontroller, stays as it is; what
cannot be had is refused in one sentence.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Final

from builds.targets.spec import Target

_HARD: Final = "eabihf"
_SOFT_FLAG: Final = "-mfloat-abi=soft"


class FloatAbi(StrEnum):
    """`target`: the target's own. `soft`: in integer registers, as `soft` and `softfp` firmware."""

    TARGET = "target"
    SOFT = "soft"


class NoSoftFloats(ValueError):
    """The target's loops need registers that code of this ABI may not use."""


def with_float_abi(target: Target, abi: FloatAbi) -> Target:
    """The target with floats as `abi` says; the integers of a model are computed the same way."""
    if abi is FloatAbi.TARGET or not target.triple.endswith(_HARD):
        return target
    if "mve" in target.features:
        raise NoSoftFloats(
            f"The loops of {target.name} use vector registers, which soft-float code has not; "
            "take cortex-m33f for such firmware."
        )
    cpu = [flag.split("+vfp")[0].split("+fp_")[0] for flag in target.cflags]
    kept = [flag for flag in target.gnu_cflags if not flag.startswith(("-mfloat-abi", "-mfpu"))]
    return replace(
        target,
        triple=target.triple.removesuffix("hf"),
        cflags=tuple(cpu),
        gnu_cflags=(*kept, _SOFT_FLAG) if kept else (),
    )
