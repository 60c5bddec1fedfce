"""Integer descriptors of an int8 input tensor: what a device can count instead of the input.

* Every result is an exact integer, so a microcontroller, this code and NumPy agree to the digit.
* Divisions round down; ``edge`` compares elements one channel stride apart (see ``describe``).
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from math import isqrt
from operator import mul
from types import MappingProxyType
from typing import TypeAlias

from device_agent.protocol.errors import ProtocolError

CHANNELS_RANK = 4  # from this rank on the last dimension is channels, as in NHWC
PER_MILLE = 1000
EDGE_SCALE = 16


def _mean(tensor: bytes, values: Sequence[int], stride: int) -> int:
    return sum(values) // len(values)


def _spread(tensor: bytes, values: Sequence[int], stride: int) -> int:
    count, total = len(values), sum(values)
    return isqrt((count * sum(map(mul, values, values)) - total * total) // (count * count))


def _low_share(tensor: bytes, values: Sequence[int], stride: int) -> int:
    return PER_MILLE * tensor.count(b"\x80") // len(values)


def _high_share(tensor: bytes, values: Sequence[int], stride: int) -> int:
    return PER_MILLE * tensor.count(b"\x7f") // len(values)


def _edge(tensor: bytes, values: Sequence[int], stride: int) -> int:
    pairs = len(values) - stride
    if pairs < 1:
        return 0
    steps = sum(abs(after - before) for after, before in zip(values[stride:], values, strict=False))
    return EDGE_SCALE * steps // pairs


Descriptor: TypeAlias = Callable[[bytes, Sequence[int], int], int]

# mean: average · spread: standard deviation · low_share, high_share: per mille at the ends of the
# type · edge: mean absolute difference of neighbours, times 16
DESCRIPTORS: Mapping[str, Descriptor] = MappingProxyType(
    {
        "mean": _mean,
        "spread": _spread,
        "low_share": _low_share,
        "high_share": _high_share,
        "edge": _edge,
    }
)


def neighbour_stride(shape: Sequence[int]) -> int:
    """How far apart two neighbours lie in the flat tensor: the channels of an NHWC tensor, or 1."""
    return shape[-1] if len(shape) >= CHANNELS_RANK else 1


def describe(tensor: bytes, shape: Sequence[int], names: Sequence[str]) -> tuple[int, ...]:
    """Return the named descriptors of one int8 tensor given as its bytes."""
    if not tensor:
        raise ProtocolError("An empty tensor has no descriptors.")
    values, stride = array("b", tensor), neighbour_stride(shape)
    return tuple(DESCRIPTORS[name](tensor, values, stride) for name in names)
