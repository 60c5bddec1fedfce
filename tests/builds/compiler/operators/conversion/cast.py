"""A small model of CAST."""

from tests.builds.compiler.masks import wide
from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape


def add_cast(net: Net, given: str, made: str, shape: Shape, *, through: bool = False) -> None:
    """Change the type; `through` int32, which has no golden inputs but zero, of a wide product."""
    source = plain_input(net, shape, given)
    if through:
        source = wide(net, shape, source)
    net.spec.op("CAST", (source,), (plain_output(net, shape, made),))


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_cast(net, "float32", "int8", (2, 3))
    add_cast(net, "int8", "int32", (2, 3), through=True)
    return {"all types": net.build()}
