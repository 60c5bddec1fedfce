"""A small model of ARG_MAX and ARG_MIN."""

from tests.builds.compiler.movements import plain_input, plain_output, scalar
from tests.builds.compiler.networks import Net, Shape


def add_place(net: Net, kind: str, shape: Shape, axis: int) -> None:
    """Add an ARG_MAX or ARG_MIN."""
    place = axis % len(shape)
    target = plain_output(net, shape[:place] + shape[place + 1 :], "int32")
    inputs = (plain_input(net, shape), scalar(net, axis))
    net.spec.op(kind, inputs, (target,), output_type=2)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    for kind in ("ARG_MAX", "ARG_MIN"):
        add_place(net, kind, (2, 5, 3), 1)
    return {"int8": net.build()}
