"""RESIZE_NEAREST_NEIGHBOR: which row and column each pixel takes is known at compile time."""

import numpy as np

from builds.compiler.graph import Op
from builds.compiler.kernels import naming
from builds.compiler.kernels.blocks import CTYPES
from builds.compiler.kernels.step import Context, Step, constant


def lower_resize_nearest(op: Op, context: Context) -> Step:
    """Two tables of indices and a copy."""
    source, target = context.input(op), context.output(op)
    name = naming.step_name(op, context.graph)
    batches, in_h, in_w, channels = source.shape
    _, out_h, out_w, _ = target.shape
    corners, centers = bool(op.options["align_corners"]), bool(op.options["half_pixel_centers"])
    tables = [
        nearest(size_in, size_out, corners=corners, centers=centers)
        for size_in, size_out in ((in_h, out_h), (in_w, out_w))
    ]
    members = ", ".join(map(str, (batches, in_h, in_w, out_h, out_w, channels)))
    call = f"ef_resize_nearest<{CTYPES[source.dtype]}>"
    return Step(
        op,
        name,
        (source.index,),
        op.outputs,
        body=(f"{call}({name}_sizes, {name}_rows, {name}_columns, $in0, $out0);",),
        runtime=("words", "move", "pick"),
        arrays=(
            constant(f"{name}_rows", "int32_t", tables[0]),
            constant(f"{name}_columns", "int32_t", tables[1]),
        ),
        globals=(f"constexpr EfResize {name}_sizes = {{{members}}};",),
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
