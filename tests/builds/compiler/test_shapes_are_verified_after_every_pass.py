"""A pass that leaves a graph which cannot be right is caught, and blamed on the compiler."""

from dataclasses import replace

import pytest

from builds.compiler import read_graph
from builds.compiler.errors import BrokenPass
from builds.compiler.graph import Graph
from builds.compiler.passes.share_shapes import share_shapes
from builds.compiler.pipeline import simplify
from tests.builds.compiler.networks import Conv, Net, add_binary
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.operators.filters.pool_2d import add_pool
from tests.builds.compiler.test_pruning_looks_through_reshapes import flattened


def graph() -> Graph:
    """Make a graph with a layer of each kind."""
    net = Net(1)
    add_conv(net, Conv(5, 5, 3, 6, (3, 3)))
    add_dense(net, 2, 8, 4)
    add_pool(net, Conv(4, 4, 3, 1, (2, 2)), "MAX_POOL_2D")
    add_binary(net, "ADD", (2, 3), (2, 3), (2, 3))
    return read_graph(net.build())


def reshaped(given: Graph, kind: str, operand: int | None, shape: tuple[int, ...]) -> Graph:
    """Change the shape of an operator's input, or of its result where there is no `operand`."""
    (op,) = (op for op in given.ops if op.kind == kind)
    index = op.outputs[0] if operand is None else op.inputs[operand]
    tensors = list(given.tensors)
    tensors[index] = replace(tensors[index], shape=shape)
    return replace(given, tensors=tuple(tensors))


@pytest.mark.parametrize(
    ("kind", "operand", "shape"),
    [
        ("CONV_2D", None, (1, 5, 4, 6)),
        ("CONV_2D", 0, (1, 5, 5, 2)),
        ("CONV_2D", 1, (5, 3, 3, 3)),
        ("CONV_2D", 2, (5,)),
        ("FULLY_CONNECTED", None, (1, 4)),
        ("FULLY_CONNECTED", 0, (2, 3)),
        ("FULLY_CONNECTED", 2, (3,)),
        ("MAX_POOL_2D", None, (1, 4, 4, 4)),
        ("ADD", 0, (2, 4)),
    ],
)
def test_a_wrong_shape_names_the_pass(
    kind: str, operand: int | None, shape: tuple[int, ...]
) -> None:
    def careless_pass(given: Graph) -> Graph:
        return reshaped(given, kind, operand, shape)

    assert simplify(graph(), [lambda given: given]).ops == graph().ops
    with pytest.raises(BrokenPass, match="went wrong in careless_pass"):
        simplify(graph(), [careless_pass])


def test_a_view_must_have_the_elements_of_its_memory() -> None:
    shared = share_shapes(read_graph(flattened(1, 0)))

    def careless_pass(given: Graph) -> Graph:
        (view,) = given.aliases
        tensors = list(given.tensors)
        tensors[view] = replace(tensors[view], shape=(1, 8))
        return replace(given, tensors=tuple(tensors))

    with pytest.raises(BrokenPass, match="lies in the memory of"):
        simplify(shared, [careless_pass])
