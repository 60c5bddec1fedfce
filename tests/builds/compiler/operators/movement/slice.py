"""A small model of SLICE and STRIDED_SLICE."""

from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape


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


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_slice(net, (4, 5), [1, 2], [2, -1])
    add_strided_slice(net, (6, 5, 3), [(5, 0, -2), (-1, -6, -1), (0, 3, 1)])
    return {"int8": net.build()}
