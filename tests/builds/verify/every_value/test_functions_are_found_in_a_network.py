"""Which operators are functions of one value, and how they are cut out of their network."""

from itertools import pairwise

from builds.compiler.read.tflite import read_subgraphs
from builds.verify.every_value.functions import apart, functions_of
from tests.builds.compiler.networks import Net
from tests.builds.verify.every_value.functions import SHAPE, checked, tensor


def chained(count: int) -> bytes:
    """Make QUANTIZE after QUANTIZE, each of other scales, and a sum of two activations."""
    net = Net(4)
    tensors = [tensor(net, "int8") for _ in range(count + 1)]
    for source, target in pairwise(tensors):
        net.spec.op("QUANTIZE", (source,), (target,))
    net.spec.op("ADD", (tensors[0], tensors[-1]), (tensor(net, "int8"),))
    net.spec.inputs, net.spec.outputs = [tensors[0]], [len(net.spec.tensors) - 1]
    return net.build()


def test_a_chain_is_cut_between_its_functions() -> None:
    (graph,) = read_subgraphs(chained(4))
    functions = functions_of(graph)
    assert [f.ops[0].index for f in functions] == [0, 1, 2, 3]
    for part in apart(functions):
        sources, targets = {f.source.index for f in part}, {f.target.index for f in part}
        assert not sources & targets
    assert checked(chained(4)).functions == 4


def test_what_occurs_twice_is_compared_once() -> None:
    net = Net(4)
    source = net.source(SHAPE)
    for _ in range(2):
        target = net.result(SHAPE, scale=0.1, zero=0)
        net.spec.op("RELU", (source,), (target,))
    (graph,) = read_subgraphs(net.build())
    assert len(functions_of(graph)) == 1


def test_a_sum_of_two_activations_is_none() -> None:
    (graph,) = read_subgraphs(chained(1))
    assert [f.ops[0].kind for f in functions_of(graph)] == ["QUANTIZE"]
