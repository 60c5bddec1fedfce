"""Four filters at a time over one row of bytes: how each family's loop wants their weights.

For layers that do more with a sum than to scale it to a byte: LSTM, SVDF.
"""

from dataclasses import dataclass

import numpy as np

from builds.compiler.operators.common import naming
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.lowered_op import Array, Integers, constant
from builds.compiler.operators.filters.weights import banks

_WORD = 4  # bytes that one load takes
_SHARED = {
    Flavour.MVE: ("requantize", "mve"),
    Flavour.DSP: ("words", "dsp", "packed"),
    Flavour.THUMB1: ("words", "packed"),
}
_KERNEL = {
    Flavour.MVE: ("dense_mve", "block4_mve"),
    Flavour.DSP: ("dense_dsp", "block4_dsp"),
    Flavour.THUMB1: ("dense_thumb1", "block4_thumb1"),
}


@dataclass(frozen=True)
class Block4:
    """Filters of which four are summed at a time, laid out for a family."""

    flavour: Flavour
    wanted: Flavour

    @property
    def unproved(self) -> bool:
        """Whether the weights keep the layer from the target's own loop."""
        return self.wanted.pairs and not self.flavour.pairs

    def weights(self, name: str, matrix: Integers) -> Array:
        """Lay out `matrix`, a row for each filter; rows of zeros make the last four whole."""
        if self.flavour is Flavour.DSP:
            return constant(name, "uint32_t", banks.quad_words_dsp(matrix))
        if self.flavour is Flavour.THUMB1:
            return constant(name, "uint32_t", banks.quad_words_thumb1(matrix))
        whole = np.pad(matrix, ((0, -len(matrix) % 4), (0, 0)))
        rows = self.flavour is Flavour.MVE
        return constant(name, "int8_t", (whole if rows else banks.block4(whole)).reshape(-1))

    def runtime(self, *files: str) -> tuple[str, ...]:
        """Name the runtime files of the loop, and those that use it."""
        own = _KERNEL.get(self.flavour, ("block4_portable",))
        return naming.scoped((*own, *files), self.flavour, _SHARED.get(self.flavour, ()))


def block4_of(wanted: Flavour, *matrices: Integers) -> Block4:
    """Choose the loop for several matrices that one layer uses."""
    plain = Flavour.MVE if wanted is Flavour.MVE else Flavour.PORTABLE
    if not wanted.pairs:
        return Block4(plain, wanted)
    proved = all(banks.pairable(matrix) for matrix in matrices)
    return Block4(wanted if proved else plain, wanted)


def spare_bytes(rows: int, size: int) -> int:
    """Size of a row's copy, which loops over words need where they would leave the last row.

    0 where the tensor, which ends at a word, holds all that is read.
    """
    read = (rows - 1) * size + _whole_words(size)
    return _whole_words(size) if read > _whole_words(rows * size) else 0


def _whole_words(size: int) -> int:
    return -(-size // _WORD) * _WORD
