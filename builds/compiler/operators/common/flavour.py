"""Which family of inner loops a target gets."""

from enum import StrEnum
from typing import Final

from builds.targets.spec import Target

_HOST_VECTORS: Final = frozenset({"neon", "simd128", "sse4"})


class Flavour(StrEnum):
    """Which family of inner loops a target gets."""

    PORTABLE = "portable"
    SCALAR = "scalar"  # RV32: registers for several filters, a 64-bit product
    VECTOR = "vector"  # hosts: 128 bits in the compiler's own vector types
    MVE = "mve"  # Armv8.1-M: VMLADAVA, VMULL, loops under a tail predicate
    DSP = "dsp"  # Armv7E-M: SMLAD, SXTB16, SSAT
    THUMB1 = "thumb1"  # Armv6-M and Armv7-M: no products of halves, words cost least

    @property
    def pairs(self) -> bool:
        """Whether two filters share a word."""
        return self in {Flavour.DSP, Flavour.THUMB1}

    @property
    def packs(self) -> bool:
        """Whether bias and shift share a word."""
        return self.pairs or self is Flavour.SCALAR

    @property
    def lanes(self) -> int:
        """Channels that the output stage takes at a time."""
        return 4 if self in {Flavour.MVE, Flavour.VECTOR} else 1


def flavour_of(target: Target) -> Flavour:
    """Choose by the instructions that the target says it has."""
    if target.features & _HOST_VECTORS:
        return Flavour.VECTOR
    if "mve" in target.features:
        return Flavour.MVE
    if "dsp" in target.features:
        return Flavour.DSP
    return Flavour.THUMB1 if target.arch == "thumb" else Flavour.SCALAR
