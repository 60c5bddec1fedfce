"""Operators that slide over an image: convolutions and pools."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from builds.sources.onnx.quantised.frame import GrowingGraph, Lying
from builds.sources.onnx.quantised.reader import QuantisedReader, Rule, Rules, number, numbers
from fleet.lib.errors import Refused
from registry.files.onnx.model import OnnxNode

SAME, VALID = 0, 1
LOWEST: Final = -128
SPATIAL: Final = (1, 2)  # a signal's length, or an image's height and width


@dataclass(frozen=True)
class KernelWindow:
    """How a kernel goes over height and width."""

    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    pads: tuple[tuple[int, int], tuple[int, int]]  # before and behind, of height and of width

    def out(self, shape: Sequence[int]) -> tuple[int, int]:
        """Height and width of the result."""
        sizes = [
            (size + sum(pad) - ((kernel - 1) * dilation + 1)) // stride + 1
            for size, pad, kernel, dilation, stride in zip(
                shape[1:3], self.pads, self.kernel, self.dilations, self.strides, strict=True
            )
        ]
        return sizes[0], sizes[1]

    def same(self, shape: Sequence[int]) -> bool:
        """Whether these are the pads that TensorFlow calls SAME."""
        for size, pad, kernel, dilation, stride in zip(
            shape[1:3], self.pads, self.kernel, self.dilations, self.strides, strict=True
        ):
            out = -(-size // stride)
            total = max((out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
            if pad != (total // 2, total - total // 2):
                return False
        return True

    @property
    def padded(self) -> bool:
        """Whether there is anything around the image."""
        return any(any(pad) for pad in self.pads)


def window(node: OnnxNode, kernel: tuple[int, ...], shape: Sequence[int]) -> KernelWindow:
    """Read the attributes. Raises Refused."""
    count = len(kernel)
    if count not in SPATIAL:
        raise Refused(f"{node.label} slides over {count} dimensions; one or two are read.")
    strides = numbers(node, "strides", (1,) * count)
    dilations = numbers(node, "dilations", (1,) * count)
    if min(*kernel, *strides, *dilations) < 1:
        raise Refused(f"{node.label} has a window of no size.")
    sizes = shape[2:3] if count == 1 else shape[1:3]
    pads = _pads(node, kernel, strides, dilations, sizes)
    if count == 1:  # a signal is an image of one row
        return KernelWindow((1, kernel[0]), (1, strides[0]), (1, dilations[0]), ((0, 0), pads[0]))
    return KernelWindow(
        (kernel[0], kernel[1]), (strides[0], strides[1]), (dilations[0], dilations[1]),
        (pads[0], pads[1]),
    )  # fmt: skip


def _pads(
    node: OnnxNode,
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
    sizes: Sequence[int],
) -> tuple[tuple[int, int], ...]:
    how, count = node.attributes.get("auto_pad", "NOTSET"), len(kernel)
    if how == "NOTSET":
        flat = numbers(node, "pads", (0,) * (2 * count))
        if min(flat) < 0:
            raise Refused(f"{node.label} cuts its input by pads below zero.")
        return tuple((flat[axis], flat[axis + count]) for axis in range(count))
    if how == "VALID":
        return ((0, 0),) * count
    if how not in {"SAME_UPPER", "SAME_LOWER"}:
        raise Refused(f"{node.label} has an auto_pad that is not known.")
    totals = [
        max((-(-size // stride) - 1) * stride + (k - 1) * dilation + 1 - size, 0)
        for size, stride, k, dilation in zip(sizes, strides, kernel, dilations, strict=True)
    ]
    pairs = [(total // 2, total - total // 2) for total in totals]
    return tuple(pair if how == "SAME_UPPER" else pair[::-1] for pair in pairs)


def image_of(node: OnnxNode, reader: QuantisedReader) -> tuple[Lying, bool]:
    """The first operand as an image of four sizes, and whether it was a signal of three."""
    frame = reader.frame
    value = frame.as_image(reader.value(node.inputs[0]))
    if len(value.shape) == 3:
        return frame.reshaped(value, (1, 1, *value.shape[1:]), last=True), True
    if len(value.shape) != 4:
        raise Refused(f"{node.label} reads a value of {len(value.shape)} dimensions, not an image.")
    return value, False


def finish(
    node: OnnxNode, name: str, made: Lying, reader: QuantisedReader, *, signal: bool
) -> None:
    """Keep the result; a signal's in its three sizes."""
    if signal:
        made = reader.frame.reshaped(made, (1, *made.shape[2:]), last=True)
    reader.give(name, made)


def padded(value: Lying, by: KernelWindow, frame: GrowingGraph) -> tuple[Lying, int]:
    """The image as a kernel without pads, or with SAME ones, reads it."""
    if by.same(value.shape):
        return value, SAME
    return (_around(value, by, frame) if by.padded else value), VALID


def pad(value: Lying, pads: Sequence[tuple[int, int]], frame: GrowingGraph) -> Lying:
    """The value with zeros around it; `pads` are in the order in which it lies."""
    shape = tuple(size + before + behind for size, (before, behind) in
                  zip(value.shape, pads, strict=True))  # fmt: skip
    made = frame.value(f"padded{len(frame.ops)}", shape, value.scale, last=value.last)
    around = frame.integers(f"pads{len(frame.ops)}", np.asarray(pads), "int32")
    return frame.op("PAD", (value.tensor, around), made)


def _conv(node: OnnxNode, reader: QuantisedReader) -> None:
    value, signal = image_of(node, reader)
    stored, frame = reader.weights(node, 1), reader.frame
    kernels = stored.values[:, :, None, :] if signal else stored.values
    if kernels.ndim != 4:
        raise Refused(f"{node.label} has weights of {stored.values.ndim} dimensions.")
    outputs, inside, *size = kernels.shape
    groups, channels = number(node, "group", 1), value.shape[3]
    if groups < 1 or inside * groups != channels or outputs % groups:
        raise Refused(f"{node.label} has weights that do not fit its {channels} channels.")
    depthwise = groups == channels and groups > 1
    if groups > 1 and not depthwise:
        raise Refused(
            f"{node.label} has {groups} groups of channels; one, or one a channel, is read."
        )
    scales = _scales(node, stored.scales, stored.axis, outputs)
    by = window(node, tuple(size[1:] if signal else size), value.shape)
    value, padding = padded(value, by, frame)
    name, activation = reader.clamped(node)
    shape = (1, *(by.out(value.shape) if padding == SAME else _valid(by, value)), outputs)
    made = frame.value(name, shape, reader.scale_of(node, name), last=True)
    turned = np.moveaxis(kernels[:, 0], 0, -1)[None] if depthwise else np.moveaxis(kernels, 1, -1)
    axis = 3 if depthwise else 0
    weights = frame.integers(f"{name}/weights", turned, "int8", scales, axis=axis)
    bias = reader.bias(node, [value.scale.scale * scale for scale in scales], outputs)
    options = {
        "padding": padding, "activation": activation,
        "stride_h": by.strides[0], "stride_w": by.strides[1],
        "dilation_h": by.dilations[0], "dilation_w": by.dilations[1],
    }  # fmt: skip
    kind = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    if depthwise:
        options["multiplier"] = outputs // groups
    made = frame.op(kind, (value.tensor, weights, bias), made, **options)
    finish(node, name, made, reader, signal=signal)


def _valid(by: KernelWindow, value: Lying) -> tuple[int, int]:
    bare = KernelWindow(by.kernel, by.strides, by.dilations, ((0, 0), (0, 0)))
    return bare.out(value.shape)


def _scales(node: OnnxNode, scales: tuple[float, ...], axis: int, outputs: int) -> list[float]:
    """One scale an output channel."""
    if len(scales) == 1:
        return list(scales) * outputs
    if axis != 0 or len(scales) != outputs:
        raise Refused(f"{node.label} has weights with scales along another axis than its outputs.")
    return list(scales)


def _pool(kind: str) -> Rule:
    def rule(node: OnnxNode, reader: QuantisedReader) -> None:
        value, signal = image_of(node, reader)
        shape = node.attributes.get("kernel_shape")
        if not isinstance(shape, tuple) or number(node, "ceil_mode", 0) or len(node.outputs) != 1:
            raise Refused(f"{node.label} is a pool of a kind that is not read.")
        by = window(node, tuple(int(n) for n in shape), value.shape)
        if by.dilations != (1, 1):
            raise Refused(f"{node.label} is a pool with dilations.")
        value, padding = _pool_pads(node, kind, value, by, reader)
        sizes = by.out(value.shape) if padding == SAME else _valid(by, value)
        made = reader.frame.value(
            node.outputs[0], (1, *sizes, value.shape[3]), value.scale, last=True
        )
        options = {
            "padding": padding, "stride_h": by.strides[0], "stride_w": by.strides[1],
            "filter_h": by.kernel[0], "filter_w": by.kernel[1], "activation": 0,
        }  # fmt: skip
        made = reader.frame.op(kind, (value.tensor,), made, **options)
        finish(node, node.outputs[0], made, reader, signal=signal)

    return rule


def _pool_pads(
    node: OnnxNode, kind: str, value: Lying, by: KernelWindow, reader: QuantisedReader
) -> tuple[Lying, int]:
    """Pads of a pool count for nothing; around values whose zero is their least, zeros do not."""
    counted = kind == "AVERAGE_POOL_2D" and number(node, "count_include_pad", 0)
    if by.padded and counted:
        return _around(value, by, reader.frame), VALID
    least = value.scale.zero_point == LOWEST and kind == "MAX_POOL_2D"
    if by.padded and not by.same(value.shape) and not least:
        raise Refused(f"{node.label} is a pool with pads that no kernel here has.")
    return padded(value, by, reader.frame)


def _around(value: Lying, by: KernelWindow, frame: GrowingGraph) -> Lying:
    (top, bottom), (left, right) = by.pads
    return pad(value, ((0, 0), (top, bottom), (left, right), (0, 0)), frame)


def _global(kind: str) -> Rule:
    def rule(node: OnnxNode, reader: QuantisedReader) -> None:
        value, signal = image_of(node, reader)
        frame, name = reader.frame, node.outputs[0]
        shape = (1, 1, 1, value.shape[3])
        if kind == "MEAN":
            scale = reader.reals.scales.get(name, value.scale)
            made = frame.value(name, shape, scale, last=True)
            axes = frame.integers(f"{name}/axes", np.asarray((1, 2)), "int32")
            made = frame.op("MEAN", (value.tensor, axes), made, keep_dims=True)
        else:
            made = frame.value(name, shape, value.scale, last=True)
            options = {"padding": VALID, "stride_h": 1, "stride_w": 1, "activation": 0}
            filters = {"filter_h": value.shape[1], "filter_w": value.shape[2]}
            made = frame.op(kind, (value.tensor,), made, **options, **filters)
        finish(node, name, made, reader, signal=signal)

    return rule


RULES: Final[Rules] = {
    "AveragePool": _pool("AVERAGE_POOL_2D"),
    "Conv": _conv,
    "GlobalAveragePool": _global("MEAN"),
    "GlobalMaxPool": _global("MAX_POOL_2D"),
    "MaxPool": _pool("MAX_POOL_2D"),
}
