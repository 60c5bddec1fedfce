"""Reading a dataset: a `.npz` with `x` (float32, one sample per row) and, where known, `y`
(integers). Pure.

Guarantees: no pickled object is ever loaded; shapes and types are judged from the headers before
any data is unpacked; what is accepted is finite, has at least one sample, and as many labels as
samples.
"""

import io
import math
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fleet.lib.errors import Refused
from registry.files.archive import ArchiveBounds, open_archive, read_member

MEMBERS: Final = frozenset({"x.npy", "y.npy"})
MEMBERS_READ: Final = 16  # more than two are refused as well, with their names
RATIO: Final = 250  # pictures with much background deflate well
RANK_MAX: Final = 6
HEADER_CHARACTERS: Final = 4096
SIZE_MAX: Final = 2**40  # of one dimension
SNIFF_BYTES: Final = 16


@dataclass(frozen=True)
class Header:
    """What one array says of itself."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@dataclass(frozen=True)
class Samples:
    """A whole dataset in memory."""

    x: NDArray[np.float32]
    y: NDArray[Any] | None

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return self.x.shape[1:]


def read_npz(stream: BinaryIO, *, limit_bytes: int) -> Samples:
    """The dataset, checked. Raises Refused or TooLarge with a sentence."""
    bounds = ArchiveBounds(members=MEMBERS_READ, unpacked_bytes=limit_bytes, ratio=RATIO)
    with open_archive(stream, bounds) as archive:
        names = set(archive.namelist())
        if "x.npy" not in names or not names <= MEMBERS:
            found = ", ".join(sorted(names)) or "nothing"
            raise Refused(f"A dataset holds x and, where labels are known, y; this holds {found}.")
        x = _array(read_member(archive, "x.npy", limit_bytes=limit_bytes), "x", _judge_x)
        y = None
        if "y.npy" in names:
            y = _array(read_member(archive, "y.npy", limit_bytes=limit_bytes), "y", _judge_y)
    if not np.isfinite(x).all():
        raise Refused("x holds values that are not finite numbers.")
    if y is not None and len(y) != len(x):
        raise Refused(f"x has {len(x)} samples and y has {len(y)} labels.")
    return Samples(x, y)


def _array(data: bytes, name: str, judge: Any) -> NDArray[Any]:
    header, offset = _header(data, name)
    judge(header)
    wanted = math.prod(header.shape) * header.dtype.itemsize
    if len(data) - offset != wanted:
        raise Refused(f"{name} should have {wanted} bytes of data and has {len(data) - offset}.")
    return npy.read_array(io.BytesIO(data), allow_pickle=False, max_header_size=HEADER_CHARACTERS)


def _header(data: bytes, name: str) -> tuple[Header, int]:
    stream = io.BytesIO(data)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    try:
        reader = readers[npy.read_magic(stream)]
        shape, _, dtype = reader(stream, max_header_size=HEADER_CHARACTERS)
        if not all(0 <= int(n) <= SIZE_MAX for n in shape):
            raise ValueError("a dimension is out of range")  # noqa: TRY301 - one sentence for all
    # NumPy has Python read the header as an expression: any error of the tokenizer may come out.
    except Exception as error:
        raise Refused(f"{name} is not an array as NumPy saves it.", code="unreadable") from error
    return Header(tuple(int(n) for n in shape), dtype), stream.tell()


def _judge_x(header: Header) -> None:
    if header.dtype != np.dtype(np.float32):
        raise Refused(f"x must be float32, not {header.dtype}; use x.astype('float32').")
    if not 2 <= len(header.shape) <= RANK_MAX or min(header.shape) < 1:
        raise Refused(f"x must hold samples in rows, with 1 to {RANK_MAX - 1} dimensions each.")


def _judge_y(header: Header) -> None:
    if header.dtype.kind not in "iu":
        raise Refused(f"y must be integers, not {header.dtype}.")
    if len(header.shape) != 1:
        raise Refused("y must hold one label per sample.")
