"""Sums of products: convolutions, dense layers, products of matrices.

A sum of products of integers is exact in double precision, and TFLM's 32-bit sums are exact too, so
all that may differ is the scaling of the sum: by a multiplier of 31 bits, in two rounding steps.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from builds.verify.plausible.case import Case, Evaluate, Expected, Reals

_OF_NOTHING = 1e-8  # converters write a scale of 7.8e-9 where calibration saw nothing but 0
_SHIFTED = 2.0**30  # steps; before its multiplier of 1/2 to 1 a sum may be twice as much
_DIED = (
    "died in training: its sums pass 32 bits on the way to a range of 0.000002, and begin anew at "
    "the other end"
)
_ROUNDING = 2.0**-23  # of each term of a sum in single precision, and of its product
_SAME = 0  # the padding that keeps the size


def convolution(case: Case) -> tuple[Expected, ...]:
    """CONV_2D, also with groups."""
    return _layer(case, (0, 1, 2), _convolved)


def _convolved(case: Case, image: Reals, filters: Reals) -> Reals:
    groups = image.shape[3] // filters.shape[3]
    parts = [
        sum(window @ kernel for window, kernel in _taps(case, part, bank))
        for part, bank in zip(
            np.split(image, groups, axis=3), np.split(filters, groups, axis=0), strict=True
        )
    ]
    return np.concatenate(parts, axis=3)


def _taps(case: Case, image: Reals, filters: Reals) -> list[tuple[Reals, Reals]]:
    return [
        (window, filters[:, y, x, :].T)
        for y, x, window in windows(case, image, (filters.shape[1], filters.shape[2]))
    ]


def depthwise(case: Case) -> tuple[Expected, ...]:
    """DEPTHWISE_CONV_2D: output channel `c * multiplier + m` reads input channel `c`."""
    return _layer(case, (0, 1, 2), _convolved_by_channel)


def _convolved_by_channel(case: Case, image: Reals, filters: Reals) -> Reals:
    image = np.repeat(image, filters.shape[3] // image.shape[3], axis=3)
    sums = np.zeros(case.target().shape)
    for y, x, window in windows(case, image, (filters.shape[1], filters.shape[2])):
        sums += window * filters[0, y, x, :]
    return sums


def windows(
    case: Case, image: Reals, taps: tuple[int, int], outside: float = 0.0
) -> list[tuple[int, int, Reals]]:
    """Give for each tap of a window the elements that it meets, in the output's height and width.

    What lies outside the image counts as `outside`.
    """
    height, width = case.target().shape[1:3]
    strides = (case.option("stride_h"), case.option("stride_w"))
    dilation = (case.option("dilation_h") or 1, case.option("dilation_w") or 1)
    pads = [
        _padding(case, *sizes)
        for sizes in zip(image.shape[1:3], (height, width), taps, strides, dilation, strict=True)
    ]
    padded = np.pad(image, ((0, 0), *pads, (0, 0)), constant_values=outside)
    found = []
    for y in range(taps[0]):
        for x in range(taps[1]):
            top, left = y * dilation[0], x * dilation[1]
            rows = slice(top, top + (height - 1) * strides[0] + 1, strides[0])
            columns = slice(left, left + (width - 1) * strides[1] + 1, strides[1])
            found.append((y, x, padded[:, rows, columns, :]))
    return found


def _padding(
    case: Case, size: int, out: int, taps: int, stride: int, dilation: int
) -> tuple[int, int]:
    reach = (out - 1) * stride + (taps - 1) * dilation + 1
    before = max(reach - size, 0) // 2 if case.option("padding") == _SAME else 0
    return before, max(reach - size - before, 0)


def dense(case: Case) -> tuple[Expected, ...]:
    """FULLY_CONNECTED."""
    return _layer(case, (0, 1, 2), _multiplied)


def _multiplied(case: Case, source: Reals, weights: Reals) -> Reals:
    rows = source.reshape(-1, weights.shape[1])
    return (rows @ weights.T).reshape(case.target().shape)


def transposed(case: Case) -> tuple[Expected, ...]:
    """TRANSPOSE_CONV: each element of the input adds a window to the output."""
    return _layer(case, (2, 1, 3), _spread)


def _spread(case: Case, image: Reals, filters: Reals) -> Reals:
    _, height, width, _ = shape = case.target().shape
    strides = (case.option("stride_h"), case.option("stride_w"))
    taps = filters.shape[1:3]
    edges = [
        max((size - 1) * stride + tap - out, 0) // 2 if case.option("padding") == _SAME else 0
        for size, stride, tap, out in zip(
            image.shape[1:3], strides, taps, (height, width), strict=True
        )
    ]
    reach = [
        (s - 1) * stride + t for s, stride, t in zip(image.shape[1:3], strides, taps, strict=True)
    ]
    full = (max(reach[0], height + edges[0]), max(reach[1], width + edges[1]))
    sums = np.zeros((shape[0], *full, shape[3]))
    for y in range(taps[0]):
        for x in range(taps[1]):
            rows = slice(y, y + (image.shape[1] - 1) * strides[0] + 1, strides[0])
            columns = slice(x, x + (image.shape[2] - 1) * strides[1] + 1, strides[1])
            sums[:, rows, columns, :] += image @ filters[:, y, x, :].T
    return sums[:, edges[0] : edges[0] + height, edges[1] : edges[1] + width, :]


def matrices(case: Case) -> tuple[Expected, ...]:
    """BATCH_MATMUL."""
    return _layer(case, (0, 1, None), _matrices_multiplied)


def _matrices_multiplied(case: Case, left: Reals, right: Reals) -> Reals:
    left = np.swapaxes(left, -1, -2) if case.option("adj_x") else left
    right = np.swapaxes(right, -1, -2) if case.option("adj_y") else right
    return np.asarray(np.matmul(left, right))


def _layer(
    case: Case,
    places: tuple[int, int, int | None],
    sums_of: Callable[[Case, Reals, Reals], Reals],
) -> tuple[Expected, ...]:
    """Give the sums of products; those of real numbers with how far their roundings may lead."""
    source, weights, bias = places
    given, filters = case.centred(source), case.centred(weights)
    sums = sums_of(case, given, filters)
    if case.target().dtype != "float32":
        return _scaled(case, sums, source, weights, bias)
    sizes = sums_of(case, np.abs(given), np.abs(filters))
    if bias is not None and case.has(bias):
        sums, sizes = sums + case.real(bias), sizes + np.abs(case.real(bias))
    terms = filters.size * _ROUNDING
    return (Expected(case.clipped(sums), slack=terms * sizes),)


def _scaled(
    case: Case, sums: Reals, source: int, weights: int, bias: int | None
) -> tuple[Expected, ...]:
    """Scale sums, add the bias, and apply the activation.

    The format has a bias in the product of its operands' scales; the scale in the file is that,
    rounded.
    """
    scales = np.asarray(case.tensor(weights).scales or (1.0,)) * case.scale(source)
    values = sums * scales
    if bias is not None and case.has(bias):
        values = values + np.asarray(case.raw(bias), np.float64) * scales
    steps = rescaling(scales, case.target().scale)
    wraps = _wraps(case, values)
    clipped = case.clipped(values)
    if wraps.any():
        return (Expected(np.where(wraps, np.nan, clipped), steps=steps, note=_DIED),)
    return (Expected(clipped, steps=steps),)


def _wraps(case: Case, values: Reals) -> NDArray[np.bool_]:
    """Find the sums of a dead layer that begin anew as they are shifted to its tiny scale.

    Its whole range is 2e-6, so they change as little. Those of any other layer are judged.
    """
    scale = case.target().scale
    if not 0 < scale <= _OF_NOTHING:
        return np.zeros(values.shape, bool)
    return np.asarray(np.abs(values) / scale >= _SHIFTED)


def rescaling(scales: Reals, target: float) -> Reals:
    """Tell by how many steps the first of two roundings may move a result.

    It rounds at 31 fraction bits before the sum is shifted right, so a multiplier below 1 makes it
    smaller in proportion.
    """
    return np.minimum(0.5, scales / (target or 1.0))


EVALUATORS: Final[Mapping[str, Evaluate]] = {
    "BATCH_MATMUL": matrices,
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise,
    "FULLY_CONNECTED": dense,
    "TRANSPOSE_CONV": transposed,
}
