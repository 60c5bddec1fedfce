"""RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: which pixels meet is known at compile time."""

from collections.abc import Callable
from typing import Final

import numpy as np

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.blocks import CTYPES, constants_of, source_is_moved
from builds.compiler.operators.common.checks import (
    ACTIVATION,
    first,
    first_input_is_computed,
    result,
    scale_is_kept,
    two_inputs,
)
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, fixed
from builds.compiler.operators.common.real.form import RealForm
from builds.compiler.operators.opdef import OpDef

ONE = 1 << 10  # of the bilinear weights


def images_are_resized(op: Op, graph: Graph) -> bool:
    """Images must have four dimensions and keep batch and channels; the size is constant."""
    source, target = graph.tensor(op.inputs[0]).shape, result(op, graph).shape
    size = constants_of(op, graph, (1,))
    if size is None or len(source) != 4 or len(target) != 4:
        return False
    return (source[0], source[3]) == (target[0], target[3]) and tuple(size[0]) == target[1:3]


def neighbours_are_inside(op: Op, graph: Graph) -> bool:
    """The image must not grow so much that TFLM's 10-bit positions leave it."""
    source, target = graph.tensor(op.inputs[0]).shape, result(op, graph).shape
    how = {
        "corners": bool(op.options["align_corners"]),
        "centers": bool(op.options["half_pixel_centers"]),
    }
    if all(how.values()):
        return False
    for size_in, size_out in zip(source[1:3], target[1:3], strict=True):
        table = blends(size_in, size_out, **how)
        if max(table[0::3]) >= size_in or not all(abs(part) <= ONE for part in table[2::3]):
            return False
    return True


def lower_resize_nearest(op: Op, context: Context) -> LoweredOp:
    """Two tables of indices and a copy."""
    kernel = f"ef_resize_nearest<{CTYPES[context.input(op).dtype]}>"
    return _resize(op, context, nearest, "EfResize", kernel, ("words", "move", "pick"))


def lower_resize_bilinear(op: Op, context: Context) -> LoweredOp:
    """Two tables of neighbours and weights."""
    return _resize(op, context, blends, "EfBilinear", "ef_resize_bilinear", ("bilinear",))


def positions_are_known(op: Op, graph: Graph) -> bool:
    """In float32, input and output must be float32, and only one way to count pixels be asked."""
    both = bool(op.options["align_corners"]) and bool(op.options["half_pixel_centers"])
    return not both and first(op, graph).dtype == result(op, graph).dtype == "float32"


def _lower_real(op: Op, context: Context) -> LoweredOp:
    """Two tables of neighbours, and two of how far between them."""
    source, target = context.input(op), context.output(op)
    name = naming.function_name(op, context.graph)
    how = {
        "corners": bool(op.options["align_corners"]),
        "centers": bool(op.options["half_pixel_centers"]),
    }
    tables = []
    for axis, (places, parts) in ((1, ("rows", "down")), (2, ("columns", "across"))):
        met, far = _between(source.shape[axis], target.shape[axis], **how)
        tables.append(fixed(f"{name}_{places}", "int32_t", met))
        tables.append(fixed(f"{name}_{parts}", "float", np.asarray(far, np.float32)))
    sizes = (*source.shape[:3], *target.shape[1:])
    arrays = (tables[0], tables[2], tables[1], tables[3])
    members = ", ".join([*map(str, sizes), *(array.name for array in arrays)])
    return LoweredOp(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"ef_resize_real({name}_sizes, $in0, $out0);",),
        runtime=("real", "bilinear_real"),
        arrays=arrays,
        globals=(f"constexpr EfBilinearReal {name}_sizes = {{{members}}};",),
    )


def _between(
    size_in: int, size_out: int, *, corners: bool, centers: bool
) -> tuple[list[int], list[float]]:
    """Give the neighbours of each position, and how far it is from the first, in TFLM's steps."""
    half = np.float32(0.5)
    scale = np.float32(size_in) / np.float32(size_out)
    if corners and size_out > 1:
        scale = np.float32(size_in - 1) / np.float32(size_out - 1)
    met: list[int] = []
    far: list[float] = []
    for position in range(size_out):
        at = np.float32(position) * scale
        if centers:
            at = (np.float32(position) + half) * scale - half
        first = max(int(np.floor(at)), 0)
        met += [first, min(int(np.ceil(at)), size_in - 1)]
        far.append(float(at - np.float32(first)))
    return met, far


def _resize(
    op: Op,
    context: Context,
    table_of: Callable[..., list[int]],
    struct: str,
    kernel: str,
    runtime: tuple[str, ...],
) -> LoweredOp:
    source, target = context.input(op), context.output(op)
    name = naming.function_name(op, context.graph)
    batches, in_h, in_w, channels = source.shape
    _, out_h, out_w, _ = target.shape
    corners, centers = bool(op.options["align_corners"]), bool(op.options["half_pixel_centers"])
    tables = [
        table_of(size_in, size_out, corners=corners, centers=centers)
        for size_in, size_out in ((in_h, out_h), (in_w, out_w))
    ]
    members = ", ".join(map(str, (batches, in_h, in_w, out_h, out_w, channels)))
    return LoweredOp(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"{kernel}({name}_sizes, {name}_rows, {name}_columns, $in0, $out0);",),
        runtime=runtime,
        arrays=(
            fixed(f"{name}_rows", "int32_t", tables[0]),
            fixed(f"{name}_columns", "int32_t", tables[1]),
        ),
        globals=(f"constexpr {struct} {name}_sizes = {{{members}}};",),
    )


def nearest(size_in: int, size_out: int, *, corners: bool, centers: bool) -> list[int]:
    """The source of each output position, in TFLM's single-precision arithmetic."""
    one = np.float32(1)
    if corners and size_out > 1:
        scale = np.float32(size_in - 1) / np.float32(size_out - 1)
    else:
        scale = np.float32(size_in) / np.float32(size_out)
    offset = one / 2 if centers else one * 0
    taken = []
    for position in range(size_out):
        exact = (np.float32(position) + offset) * scale
        index = int(np.floor(exact + one / 2)) if corners else int(np.floor(exact))
        taken.append(max(0, min(index, size_in - 1)))
    return taken


def blends(size_in: int, size_out: int, *, corners: bool, centers: bool) -> list[int]:
    """For each position its first and second neighbour and the second's weight in 1/1024."""
    whole, parts = (size_in - 1, size_out - 1) if corners and size_out > 1 else (size_in, size_out)
    scale = (ONE * whole + parts // 2) // parts
    table = []
    for position in range(size_out):
        at = position * scale + (scale // 2 - ONE // 2 if centers else 0)
        first = max(_towards_zero(at), 0)
        second = min(_towards_zero(at + ONE - 1), size_in - 1)
        table += [first, second, at - ONE * first]
    return table


def _towards_zero(fixed: int) -> int:
    return fixed // ONE if fixed >= 0 else -(-fixed // ONE)


OPDEFS: Final = (
    OpDef(
        "RESIZE_BILINEAR",
        constraints=(
            two_inputs,
            *ACTIVATION,
            scale_is_kept,
            images_are_resized,
            neighbours_are_inside,
        ),
        lower=lower_resize_bilinear,
        headers=("bilinear", "bilinear_real"),
        real=RealForm(
            (two_inputs, first_input_is_computed, positions_are_known, images_are_resized),
            _lower_real,
        ),
        options=(
            15,
            (("align_corners", 2, "bool", False), ("half_pixel_centers", 3, "bool", False)),
        ),
    ),
    OpDef(
        "RESIZE_NEAREST_NEIGHBOR",
        constraints=(two_inputs, source_is_moved, images_are_resized),
        lower=lower_resize_nearest,
        options=(
            74,
            (("align_corners", 0, "bool", False), ("half_pixel_centers", 1, "bool", False)),
        ),
    ),
)
