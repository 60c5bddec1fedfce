"""Random operators that move elements: each with its own inputs and outputs, added to a `Net`."""

from math import prod

import numpy as np

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net, Shape

SCALE, ZERO = 0.05, -3


def plain_input(net: Net, shape: Shape, dtype: str = "int8") -> int:
    """An input with the scale that all tensors here share."""
    index = plain(net, shape, dtype)
    net.spec.inputs.append(index)
    return index


def plain_output(net: Net, shape: Shape, dtype: str = "int8") -> int:
    """An output with the scale that all tensors here share."""
    index = plain(net, shape, dtype)
    net.spec.outputs.append(index)
    return index


def plain(net: Net, shape: Shape, dtype: str) -> int:
    """A tensor that is quantised only when it is int8 or int16."""
    if dtype in ("int8", "int16"):
        zero = ZERO if dtype == "int8" else 0
        return net.spec.tensor(TensorSpec(shape, dtype, (SCALE,), (zero,)))
    return net.spec.tensor(TensorSpec(shape, dtype))


def scalar(net: Net, value: int) -> int:
    """A constant without dimensions."""
    return net.spec.constant(np.asarray(value, np.int32))


def add_concatenation(
    net: Net, shapes: list[Shape], axis: int, dtype: str = "int8", *, constant: bool = False
) -> None:
    """Join inputs, and a constant where asked."""
    inputs = [plain_input(net, shape, dtype) for shape in shapes]
    if constant:
        values = net.dice.integers(-128, 128, size=shapes[0]).astype(np.int8)
        inputs.insert(1, net.spec.constant(values, scales=(SCALE,), zeros=(ZERO,)))
        shapes = [shapes[0], *shapes]
    out = list(shapes[0])
    out[axis] = sum(shape[axis] for shape in shapes)
    net.spec.op("CONCATENATION", inputs, (plain_output(net, tuple(out), dtype),), axis=axis)


def add_pack(net: Net, count: int, shape: Shape, axis: int) -> None:
    """Stack inputs along a new axis."""
    inputs = [plain_input(net, shape) for _ in range(count)]
    place = axis % (len(shape) + 1)
    out = (*shape[:place], count, *shape[place:])
    net.spec.op("PACK", inputs, (plain_output(net, out),), axis=axis, count=count)


def add_unpack(net: Net, shape: Shape, axis: int) -> None:
    """Take slices apart."""
    place = axis % len(shape)
    rest = shape[:place] + shape[place + 1 :]
    outs = [plain_output(net, rest) for _ in range(shape[place])]
    net.spec.op("UNPACK", (plain_input(net, shape),), outs, axis=axis, count=shape[place])


def add_split(net: Net, shape: Shape, axis: int, count: int) -> None:
    """Part into equal slabs; the axis counts `count` times its size."""
    whole = list(shape)
    whole[axis] *= count
    outs = [plain_output(net, shape) for _ in range(count)]
    inputs = (scalar(net, axis), plain_input(net, tuple(whole)))
    net.spec.op("SPLIT", inputs, outs, count=count)


def add_split_v(net: Net, shape: Shape, axis: int, sizes: list[int]) -> None:
    """Part into slabs of these sizes."""

    def with_size(size: int) -> Shape:
        return tuple(size if i == axis % len(shape) else s for i, s in enumerate(shape))

    outs = [plain_output(net, with_size(size)) for size in sizes]
    whole = plain_input(net, with_size(sum(sizes)))
    inputs = (whole, net.integers(sizes), scalar(net, axis))
    net.spec.op("SPLIT_V", inputs, outs, count=len(sizes))


def add_slice(net: Net, shape: Shape, begins: list[int], sizes: list[int]) -> None:
    """Cut a box; size -1 is all that is left."""
    out = tuple(w - b if s == -1 else s for w, b, s in zip(shape, begins, sizes, strict=True))
    inputs = (plain_input(net, shape), net.integers(begins), net.integers(sizes))
    net.spec.op("SLICE", inputs, (plain_output(net, out),))


def add_strided_slice(
    net: Net, shape: Shape, bounds: list[tuple[int, int, int]], **masks: int
) -> None:
    """Cut every n-th element of a box."""
    kept = []
    for axis, (size, (begin, end, step)) in enumerate(zip(shape, bounds, strict=True)):
        if masks.get("shrink_axis_mask", 0) >> axis & 1:
            continue
        first = None if masks.get("begin_mask", 0) >> axis & 1 else begin
        last = None if masks.get("end_mask", 0) >> axis & 1 else end
        kept.append(len(range(size)[first:last:step]))
    columns = [list(column) for column in zip(*bounds, strict=True)]
    inputs = (plain_input(net, shape), *(net.integers(column) for column in columns))
    net.spec.op("STRIDED_SLICE", inputs, (plain_output(net, tuple(kept)),), **masks)


def add_transpose(net: Net, shape: Shape, order: list[int]) -> None:
    """Permute the axes."""
    inputs = (plain_input(net, shape), net.integers(order))
    out = tuple(shape[axis] for axis in order)
    net.spec.op("TRANSPOSE", inputs, (plain_output(net, out),))


def add_gather(net: Net, shape: Shape, axis: int, indices: list[int]) -> None:
    """Choose slices."""
    place = axis % len(shape)
    out = (*shape[:place], len(indices), *shape[place + 1 :])
    inputs = (plain_input(net, shape), net.integers(indices))
    net.spec.op("GATHER", inputs, (plain_output(net, out),), axis=axis)


def add_blocks(net: Net, kind: str, small: Shape, block: int) -> None:
    """Channels to pixels or back; `small` is the image with many channels, before them."""
    batch, height, width, channels = small
    deep = (batch, height, width, channels * block * block)
    wide = (batch, height * block, width * block, channels)
    shapes = (deep, wide) if kind == "DEPTH_TO_SPACE" else (wide, deep)
    assert prod(deep) == prod(wide)
    source, target = plain_input(net, shapes[0]), plain_output(net, shapes[1])
    net.spec.op(kind, (source,), (target,), block=block)


def add_resize(net: Net, shape: Shape, size: tuple[int, int], **how: bool) -> None:
    """Resize to the nearest neighbour."""
    inputs = (plain_input(net, shape), net.integers(list(size)))
    target = plain_output(net, (shape[0], *size, shape[3]))
    net.spec.op("RESIZE_NEAREST_NEIGHBOR", inputs, (target,), **how)


def add_transpose_conv(
    net: Net,
    image: Shape,
    filters: int,
    taps: tuple[int, int],
    stride: tuple[int, int],
    *,
    padding: int,
    bias: bool = True,
    per_channel: bool = True,
) -> None:
    """Add a TRANSPOSE_CONV; its output is as large as Keras would make it."""
    batch, height, width, channels = image
    source = net.source(image)
    weights = net.weights((filters, *taps, channels), axis=0 if per_channel else None)
    extra = [0 if padding == 0 else max(t - s, 0) for t, s in zip(taps, stride, strict=True)]
    out = (batch, height * stride[0] + extra[0], width * stride[1] + extra[1], filters)
    inputs = [net.integers(list(out)), weights, source]
    if bias:
        inputs.append(net.bias(source, weights, filters))
    target = net.result(out, scale=net.scale(0.05, 2.0))
    net.spec.op(
        "TRANSPOSE_CONV",
        inputs,
        (target,),
        padding=padding,
        stride_h=stride[0],
        stride_w=stride[1],
    )


def add_bilinear(net: Net, shape: Shape, size: tuple[int, int], **how: bool) -> None:
    """Resize by interpolation."""
    inputs = (plain_input(net, shape), net.integers(list(size)))
    target = plain_output(net, (shape[0], *size, shape[3]))
    net.spec.op("RESIZE_BILINEAR", inputs, (target,), **how)


def add_largest(
    net: Net, shape: Shape, axes: list[int], *, keep: bool, kind: str = "REDUCE_MAX"
) -> None:
    """Add a REDUCE_MAX or REDUCE_MIN."""
    out = tuple(1 if i in axes else s for i, s in enumerate(shape) if keep or i not in axes)
    inputs = (plain_input(net, shape), net.integers(axes))
    net.spec.op(kind, inputs, (plain_output(net, out),), keep_dims=keep)


def add_place(net: Net, kind: str, shape: Shape, axis: int) -> None:
    """Add an ARG_MAX or ARG_MIN."""
    place = axis % len(shape)
    target = plain_output(net, shape[:place] + shape[place + 1 :], "int32")
    inputs = (plain_input(net, shape), scalar(net, axis))
    net.spec.op(kind, inputs, (target,), output_type=2)


def add_matmul(
    net: Net,
    batches: tuple[Shape, Shape, Shape],
    sizes: tuple[int, int, int],
    *,
    adj_x: bool,
    adj_y: bool,
    constant: bool = False,
) -> None:
    """Add a BATCH_MATMUL; batches are of both operands and of the result."""
    rows, inner, columns = sizes
    a = (*batches[0], *((inner, rows) if adj_x else (rows, inner)))
    b = (*batches[1], *((columns, inner) if adj_y else (inner, columns)))
    left = net.source(a)
    right = net.weights(b, axis=None) if constant else net.source(b)
    target = net.result((*batches[2], rows, columns), scale=net.scale(0.05, 2.0))
    net.spec.op("BATCH_MATMUL", (left, right), (target,), adj_x=adj_x, adj_y=adj_y)
