"""A small model of BATCH_MATMUL, and of a FULLY_CONNECTED that is one."""

from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.real_networks import layers


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


def add_product(net: Net, sizes: tuple[int, int], depth: int, absent: Shape = ()) -> None:
    """Multiply two inputs, with or without a bias that is left out."""
    operands = (net.source((sizes[0], depth)), net.source((sizes[1], depth)), *absent)
    made = net.result(sizes, scale=net.scale(0.05, 2.0))
    net.spec.op("FULLY_CONNECTED", operands, (made,), activation=0)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_matmul(net, ((2,), (1,), (2,)), (3, 4, 2), adj_x=False, adj_y=True)
    add_matmul(net, ((), (), ()), (3, 4, 2), adj_x=True, adj_y=False, constant=True)
    add_product(net, (2, 3), 4)
    return {"float32": layers(), "int8": net.build()}
