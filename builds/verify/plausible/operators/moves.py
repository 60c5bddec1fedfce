"""Operators that only move elements: in real numbers they change nothing.

TFLM and LiteRT copy the bytes, so where the scales of the two sides differ they are wrong.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from builds.compiler.graph import Tensor
from builds.verify.plausible.case import Case, Evaluate, Expected, Reals, real

Answer = tuple[Expected, ...] | None


def _only_result(case: Case, values: Reals) -> tuple[Expected, ...]:
    return (Expected(np.asarray(values, np.float64).reshape(case.target().shape)),)


def reshaped(case: Case) -> Answer:
    """RESHAPE, SQUEEZE, EXPAND_DIMS: another name for the same bytes, in every interpreter."""
    source, target = case.tensor(), case.target()
    (found,) = _only_result(case, case.moved(0))
    if source.quantization is None or _same_scale(source, target):
        return (found,)
    note = f"gives its bytes another scale ({source.scale:.6g} becomes {target.scale:.6g})"
    return (replace(found, stored_as=source, note=note),)


def _same_scale(source: Tensor, target: Tensor) -> bool:
    return (source.scales, source.zero_point) == (target.scales, target.zero_point)


def transposed(case: Case) -> Answer:
    """TRANSPOSE."""
    return _only_result(case, case.moved(0).transpose(case.integers(1)))


def concatenated(case: Case) -> Answer:
    """CONCATENATION."""
    parts = [case.moved(n) for n in range(len(case.op.inputs))]
    return _only_result(case, case.clipped(np.concatenate(parts, axis=case.option("axis"))))


def packed(case: Case) -> Answer:
    """PACK."""
    parts = [case.moved(n) for n in range(len(case.op.inputs))]
    return _only_result(case, np.stack(parts, axis=case.option("axis")))


def _parts(case: Case, values: Reals, axis: int) -> Answer:
    sizes = [case.graph.tensor(i).shape[axis] for i in case.op.outputs]
    return tuple(Expected(part) for part in np.split(values, np.cumsum(sizes)[:-1], axis=axis))


def split(case: Case) -> Answer:
    """SPLIT: the axis comes first."""
    return _parts(case, case.moved(1), case.integers(0)[0] % len(case.tensor(1).shape))


def split_by_sizes(case: Case) -> Answer:
    """SPLIT_V."""
    return _parts(case, case.moved(0), case.integers(2)[0] % len(case.tensor(0).shape))


def unpacked(case: Case) -> Answer:
    """UNPACK."""
    values = np.moveaxis(case.moved(0), case.option("axis"), 0)
    return tuple(Expected(part) for part in values)


def sliced(case: Case) -> Answer:
    """SLICE; size -1 is all that is left."""
    box = [
        slice(begin, None if size == -1 else begin + size)
        for begin, size in zip(case.integers(1), case.integers(2), strict=True)
    ]
    return _only_result(case, case.moved(0)[tuple(box)])


def strided(case: Case) -> Answer:
    """STRIDED_SLICE without new axes and ellipses."""
    if any(case.option(name) for name in ("ellipsis_mask", "new_axis_mask", "offset")):
        return None
    box: list[slice | int] = []
    for axis, (begin, end, step) in enumerate(
        zip(case.integers(1), case.integers(2), case.integers(3), strict=True)
    ):
        if case.option("shrink_axis_mask") >> axis & 1:
            box.append(begin)
            continue
        first = None if case.option("begin_mask") >> axis & 1 else begin
        last = None if case.option("end_mask") >> axis & 1 else end
        box.append(slice(first, last, step))
    return _only_result(case, case.moved(0)[tuple(box)])


def gathered(case: Case) -> Answer:
    """GATHER, where all indices are inside."""
    values, places = case.moved(0), np.asarray(case.raw(1), np.int64)
    axis = case.option("axis") % values.ndim
    inside = bool(((places >= 0) & (places < values.shape[axis])).all())
    if case.option("batch_dims") or not inside:
        return None
    return _only_result(case, np.take(values, places, axis=axis))


def gathered_by_places(case: Case) -> Answer:
    """GATHER_ND."""
    places = np.moveaxis(np.asarray(case.raw(1), np.int64), -1, 0)
    return _only_result(case, case.moved(0)[tuple(places)])


def depth_to_space(case: Case) -> Answer:
    """DEPTH_TO_SPACE."""
    batch, height, width, channels = case.tensor(0).shape
    block = case.option("block")
    parts = case.moved(0).reshape(batch, height, width, block, block, channels // block**2)
    return _only_result(case, parts.transpose(0, 1, 3, 2, 4, 5))


def space_to_depth(case: Case) -> Answer:
    """SPACE_TO_DEPTH."""
    batch, height, width, channels = case.tensor(0).shape
    block = case.option("block")
    shape = (batch, height // block, block, width // block, block, channels)
    return _only_result(case, case.moved(0).reshape(shape).transpose(0, 1, 3, 2, 4, 5))


def tiled(case: Case) -> Answer:
    """TILE."""
    return _only_result(case, np.tile(case.moved(0), case.integers(1)))


def broadcast(case: Case) -> Answer:
    """BROADCAST_TO."""
    return _only_result(case, np.broadcast_to(case.moved(0), case.target().shape))


def turned(case: Case) -> Answer:
    """REVERSE_V2."""
    return _only_result(case, np.flip(case.moved(0), tuple(case.integers(1))))


def _pads(case: Case, position: int) -> list[tuple[int, int]]:
    numbers = case.integers(position)
    return list(zip(numbers[0::2], numbers[1::2], strict=True))


def padded(case: Case) -> Answer:
    """PAD with 0, PADV2 with a value."""
    value = float(case.moved(2).reshape(-1)[0]) if case.has(2) else 0.0
    return _only_result(case, np.pad(case.moved(0), _pads(case, 1), constant_values=value))


def mirrored(case: Case) -> Answer:
    """MIRROR_PAD."""
    values, pads = case.moved(0), _pads(case, 1)
    return _only_result(
        case, np.pad(values, pads, mode="symmetric" if case.option("mode") else "reflect")
    )


def space_to_batches(case: Case) -> Answer:
    """SPACE_TO_BATCH_ND."""
    values, blocks = case.moved(0), case.integers(1)
    spatial = len(blocks)
    rest = values.shape[1 + spatial :]
    values = np.pad(values, [(0, 0), *_pads(case, 2), *((0, 0) for _ in rest)])
    shape = [values.shape[0]]
    for size, block in zip(values.shape[1 : 1 + spatial], blocks, strict=True):
        shape += [size // block, block]
    within = [2 + 2 * n for n in range(spatial)]
    order = [
        *within,
        0,
        *(n - 1 for n in within),
        *range(1 + 2 * spatial, 1 + 2 * spatial + len(rest)),
    ]
    return _only_result(case, values.reshape(*shape, *rest).transpose(order))


def batches_to_space(case: Case) -> Answer:
    """BATCH_TO_SPACE_ND."""
    values, blocks = case.moved(0), case.integers(1)
    spatial = len(blocks)
    batch = values.shape[0] // int(np.prod(blocks))
    parts = values.reshape(*blocks, batch, *values.shape[1:])
    order = [spatial]
    for axis in range(spatial):
        order += [spatial + 1 + axis, axis]
    order += list(range(2 * spatial + 1, parts.ndim))
    sides = [s * b for s, b in zip(values.shape[1 : 1 + spatial], blocks, strict=True)]
    wide = parts.transpose(order).reshape(batch, *sides, *values.shape[1 + spatial :])
    box = [slice(None)]
    box += [slice(a, side - b) for (a, b), side in zip(_pads(case, 2), sides, strict=True)]
    return _only_result(case, wide[tuple(box)])


def resized_to_nearest(case: Case) -> Answer:
    """RESIZE_NEAREST_NEIGHBOR, with positions in single precision as every engine has them."""
    values = case.moved(0)
    for axis in (1, 2):
        size, out = values.shape[axis], case.target().shape[axis]
        values = np.take(values, _nearest(case, size, out), axis=axis)
    return _only_result(case, values)


def _nearest(case: Case, size: int, out: int) -> list[int]:
    corners, centers = bool(case.option("align_corners")), bool(case.option("half_pixel_centers"))
    ratio = np.float32(size - 1) / np.float32(out - 1) if corners and out > 1 else None
    scale = np.float32(size) / np.float32(out) if ratio is None else ratio
    places = (np.arange(out, dtype=np.float32) + np.float32(0.5 if centers else 0)) * scale
    # Halves go away from zero, as C's roundf has it.
    whole = np.floor(places + np.float32(0.5)) if corners else np.floor(places)
    return [int(v) for v in np.clip(whole, 0, size - 1)]


def resized_between(case: Case) -> Answer:
    """RESIZE_BILINEAR: positions and weights have 10 bits after the point, as has their step."""
    values = case.moved(0)
    lowest, highest = float(values.min()), float(values.max())
    slack = (highest - lowest) * 2 * (2 + max(case.target().shape[1:3])) * 2.0**-11
    for axis in (1, 2):
        values = _blended(case, values, axis, case.target().shape[axis])
    return (Expected(values, steps=0.5, slack=slack),)


def _blended(case: Case, values: Reals, axis: int, out: int) -> Reals:
    size = values.shape[axis]
    corners, centers = case.option("align_corners"), case.option("half_pixel_centers")
    scale = (size - 1) / (out - 1) if corners and out > 1 else size / out
    shift = 0.5 if centers else 0.0
    places = np.clip((np.arange(out) + shift) * scale - shift, 0, size - 1)
    low = np.floor(places).astype(int)
    part = (places - low).reshape([-1 if n == axis else 1 for n in range(values.ndim)])
    high = np.minimum(low + 1, size - 1)
    first, second = np.take(values, low, axis), np.take(values, high, axis)
    return np.asarray(first * (1 - part) + second * part, np.float64)


def filled(case: Case) -> Answer:
    """FILL: what has no scale of its own is in the output's."""
    value = real(case.tensor(1), case.raw(1), case.target().quantization)
    return _only_result(case, np.broadcast_to(value.reshape(()), case.target().shape))


def zeros(case: Case) -> Answer:
    """ZEROS_LIKE."""
    return _only_result(case, np.zeros(case.target().shape))


EVALUATORS: Final[Mapping[str, Evaluate]] = {
    "BATCH_TO_SPACE_ND": batches_to_space,
    "BROADCAST_TO": broadcast,
    "CONCATENATION": concatenated,
    "DEPTH_TO_SPACE": depth_to_space,
    "EXPAND_DIMS": reshaped,
    "FILL": filled,
    "GATHER": gathered,
    "GATHER_ND": gathered_by_places,
    "MIRROR_PAD": mirrored,
    "PACK": packed,
    "PAD": padded,
    "PADV2": padded,
    "RESHAPE": reshaped,
    "RESIZE_BILINEAR": resized_between,
    "RESIZE_NEAREST_NEIGHBOR": resized_to_nearest,
    "REVERSE_V2": turned,
    "SLICE": sliced,
    "SPACE_TO_BATCH_ND": space_to_batches,
    "SPACE_TO_DEPTH": space_to_depth,
    "SPLIT": split,
    "SPLIT_V": split_by_sizes,
    "SQUEEZE": reshaped,
    "STRIDED_SLICE": strided,
    "TILE": tiled,
    "TRANSPOSE": transposed,
    "UNPACK": unpacked,
    "ZEROS_LIKE": zeros,
}
