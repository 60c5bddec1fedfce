"""Sliding windows: geometry of convolutions and pools.

And how far their outputs may lie over their inputs.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from builds.compiler.errors import BadModel
from builds.compiler.graph import Op, Tensor
from builds.compiler.graph.opcodes import PADDINGS
from builds.compiler.operators.common.lowered_op import Reuse

_PIXELS = 1 << 20  # larger outputs are planned without overlap; the search looks at every pixel
_SAME = 0


@dataclass(frozen=True)
class SlidingWindow:
    """Sizes in elements; the order of the members is that of the C++ struct EfWindow."""

    in_h: int
    in_w: int
    in_c: int
    out_h: int
    out_w: int
    k_h: int
    k_w: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_h: int
    pad_w: int

    @property
    def inside(self) -> bool:
        """Whether every tap of every window lies inside the input."""
        below = (self.out_h - 1) * self.stride_h - self.pad_h + (self.k_h - 1) * self.dilation_h
        right = (self.out_w - 1) * self.stride_w - self.pad_w + (self.k_w - 1) * self.dilation_w
        return max(self.pad_h, self.pad_w) == 0 and below < self.in_h and right < self.in_w

    def members(self) -> str:
        """Print the C++ initializer."""
        return "{" + ", ".join(map(str, astuple(self))) + "}"


def window_of(op: Op, source: Tensor, target: Tensor, kernel: tuple[int, int]) -> SlidingWindow:
    """Work out a window and check that the model's output has the shape it gives."""
    _, in_h, in_w, in_c = source.shape
    rows, columns = _axes(op, source.shape, kernel)
    if (rows[0], columns[0]) != target.shape[1:3]:
        raise BadModel(
            f"{op.label} gives {rows[0]} x {columns[0]} pixels; its output tensor has "
            f"{target.shape[1]} x {target.shape[2]}."
        )
    sizes = (in_h, in_w, in_c, rows[0], columns[0], *kernel, *_strides(op), *_dilations(op))
    return SlidingWindow(*sizes, rows[1], columns[1])


def output_sizes(op: Op, shape: Sequence[int], kernel: Sequence[int]) -> tuple[int, int]:
    """Give height and width of what a window over an image of this shape makes."""
    rows, columns = _axes(op, shape, kernel)
    return rows[0], columns[0]


def _axes(op: Op, shape: Sequence[int], kernel: Sequence[int]) -> list[tuple[int, int]]:
    """Give output size and padding before, along both axes."""
    strides, dilations = _strides(op), _dilations(op)
    if min(*strides, *dilations, *kernel) < 1 or op.option("padding") not in PADDINGS:
        raise BadModel(f"{op.label} has a stride, dilation, padding or window that is not valid.")
    found = []
    for axis, sides in enumerate((("top", "bottom"), ("left", "right"))):
        before, after = (int(op.options.get(f"pad_{side}", 0)) for side in sides)
        size = shape[1 + axis] + before + after
        out, pad = _axis(op, size, kernel[axis], strides[axis], dilations[axis])
        found.append((out, pad + before))
    return found


def _strides(op: Op) -> tuple[int, int]:
    return op.option("stride_h"), op.option("stride_w")


def _dilations(op: Op) -> tuple[int, int]:
    return int(op.options.get("dilation_h", 1)), int(op.options.get("dilation_w", 1))


def _axis(op: Op, size: int, taps: int, stride: int, dilation: int) -> tuple[int, int]:
    """Give output size and padding before, along one axis."""
    extent = (taps - 1) * dilation + 1
    if op.option("padding") == _SAME:
        out = -(-size // stride)
        return out, max(0, (out - 1) * stride + extent - size) // 2
    return max(0, (size - extent) // stride + 1), 0


def each_batch(call: str, source: Tensor, target: Tensor) -> tuple[str, ...]:
    """Print a call for every batch; it has a place behind its input and one behind its output."""
    batches = source.shape[0]
    if batches == 1:
        return (call.format("", ""),)
    ins, outs = source.elements // batches, target.elements // batches
    return (
        f"for (int32_t n = 0; n < {batches}; ++n) {{",
        "  " + call.format(f" + n * {ins}", f" + n * {outs}"),
        "}",
    )


def window_reuse(
    window: SlidingWindow,
    source: int,
    target: int,
    channels: int,
    *,
    block: int,
    reads_first: bool,
    multiple: int = 1,
) -> tuple[Reuse, ...]:
    """Find how far the output may lie over the input, for both directions.

    `block` pixels are written at a time. `reads_first` says that a block's windows are read before
    it is written. `multiple` is of the distances that are allowed, see `Reuse`.
    """
    if window.out_h * window.out_w > _PIXELS:
        return ()
    forward = _forward(window, channels, block, reads_first=reads_first)
    backward = _backward(window, channels, block, reads_first=reads_first)
    return (Reuse(source, target, forward, backward, multiple),)


def _forward(window: SlidingWindow, channels: int, block: int, *, reads_first: bool) -> int:
    pixels = window.out_h * window.out_w
    start = _starts(window).reshape(-1)
    needed = np.minimum.accumulate(start[::-1])[::-1]
    written = np.minimum(np.arange(0, pixels, block) + block, pixels)
    after = written if reads_first else np.arange(0, pixels, block)
    open_ended = window.in_h * window.in_w * window.in_c + pixels * channels
    read = np.append(needed, open_ended)[after]
    return int((read - written * channels).min())


def _backward(window: SlidingWindow, channels: int, block: int, *, reads_first: bool) -> int:
    pixels = window.out_h * window.out_w
    needed = np.maximum.accumulate(_ends(window).reshape(-1))
    written = np.maximum(pixels - block - np.arange(0, pixels, block), 0)
    before = written if reads_first else pixels - np.arange(0, pixels, block)
    open_ended = -pixels * channels
    read = np.concatenate([[open_ended], needed])[before]
    return int((read - written * channels).max())


def _starts(w: SlidingWindow) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    rows = np.clip(np.arange(w.out_h) * w.stride_h - w.pad_h, 0, w.in_h)
    columns = np.clip(np.arange(w.out_w) * w.stride_w - w.pad_w, 0, w.in_w)
    return (rows[:, None] * w.in_w + columns[None, :]) * w.in_c


def _ends(w: SlidingWindow) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    reach_h, reach_w = (w.k_h - 1) * w.dilation_h, (w.k_w - 1) * w.dilation_w
    rows = np.clip(np.arange(w.out_h) * w.stride_h - w.pad_h + reach_h, 0, w.in_h - 1)
    columns = np.clip(np.arange(w.out_w) * w.stride_w - w.pad_w + reach_w, 0, w.in_w - 1)
    return (rows[:, None] * w.in_w + columns[None, :] + 1) * w.in_c
