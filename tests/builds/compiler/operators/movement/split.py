"""A small model of SPLIT, SPLIT_V and UNPACK."""

from tests.builds.compiler.movements import plain_input, plain_output, scalar
from tests.builds.compiler.networks import Net, Shape


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


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_split(net, (2, 3), 0, 3)
    add_split_v(net, (2, 3), 1, [1, 2, 3])
    add_unpack(net, (3, 2), 0)
    return {"int8": net.build()}
