"""Small models of REDUCE_MAX and its kind; TFLM does not have REDUCE_ANY."""

from tests.builds.compiler.masks import answers
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.real_networks import functions


def add_largest(
    net: Net, shape: Shape, axes: list[int], *, keep: bool, kind: str = "REDUCE_MAX"
) -> None:
    """Add a REDUCE_MAX or REDUCE_MIN."""
    out = tuple(1 if i in axes else s for i, s in enumerate(shape) if keep or i not in axes)
    inputs = (plain_input(net, shape), net.integers(axes))
    net.spec.op(kind, inputs, (plain_output(net, out),), keep_dims=keep)


def add_reduced_mask(net: Net, kind: str, axes: list[int], out: Shape) -> None:
    """Add whether any or all of a mask hold, along some axes."""
    mask = net.spec.tensor(TensorSpec((2, 3, 4), "bool"))
    net.spec.op("GREATER", (net.source((2, 3, 4)), net.source((2, 3, 4))), (mask,))
    net.spec.op(kind, (mask, net.integers(axes)), (answers(net, out),), keep_dims=False)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net, bools, other = Net(1), Net(2), Net(3)
    for kind in ("REDUCE_MAX", "REDUCE_MIN"):
        add_largest(net, (2, 3, 4), [1], keep=True, kind=kind)
    add_reduced_mask(bools, "REDUCE_ALL", [1], (2, 4))
    add_reduced_mask(other, "REDUCE_ANY", [1], (2, 4))
    return {
        "float32": functions(),
        "int8": net.build(),
        "REDUCE_ALL": bools.build(),
        "REDUCE_ANY": other.build(),
    }
