"""Sizes that a converter left open, because it did not know the batch, are followed through.

TFLM runs the file with all of it filled in: as it stands, it would compute a part, or nothing.
"""

import numpy as np

from builds.compiler import compile_model, read_graph
from builds.compiler.read.tflite import read_tflite
from builds.targets.catalog import load_target
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.oracle import assert_equal

TARGET = load_target("cortex-m4f")
SCALE, ZERO = 0.03, -5


def middle(net: Net, shape: Shape) -> int:
    """Add an activation."""
    return net.spec.activation(shape, SCALE, ZERO)


def integers(net: Net, shape: Shape) -> int:
    """Add int32 values that are worked out."""
    return net.spec.tensor(TensorSpec(shape, "int32"))


def dense_over_a_sequence() -> bytes:
    """Multiply each row of a sequence with one matrix, with the sizes as operators on shapes."""
    net = Net(1)
    spec = net.spec
    source = net.source((1, 7, 4), scale=SCALE, zero=ZERO)
    shape, first, rows = integers(net, (3,)), integers(net, (2,)), integers(net, ())
    spec.op("SHAPE", (source,), (shape,))
    spec.op("GATHER", (shape, net.integers([0, 1])), (first,))
    spec.op("REDUCE_PROD", (first, net.integers([0])), (rows,))
    flat, back = integers(net, (2,)), integers(net, (3,))
    spec.op("PACK", (rows, spec.constant(np.asarray(4, np.int32))), (flat,), count=2)
    spec.op("CONCATENATION", (first, net.integers([3])), (back,))
    matrix, product = middle(net, (1, 1)), middle(net, (1, 3))
    spec.op("RESHAPE", (source, flat), (matrix,))
    spec.op("FULLY_CONNECTED", (matrix, net.weights((3, 4), axis=None), -1), (product,))
    spec.op("RESHAPE", (product, back), (net.result((1, 7, 3), scale=SCALE, zero=ZERO),))
    return net.build()


def dilated(open_batch: int) -> bytes:
    """Convolve every second element; images of one phase are a batch, of `open_batch` or two."""
    net = Net(2)
    spec = net.spec
    source = net.source((1, 12, 4), scale=SCALE, zero=ZERO)
    block, pads = net.integers([2]), net.integers([[0, 0]])
    phases, wide = middle(net, (open_batch, 6, 4)), middle(net, (open_batch, 1, 6, 4))
    spec.op("SPACE_TO_BATCH_ND", (source, block, pads), (phases,))
    spec.op("EXPAND_DIMS", (phases, spec.constant(np.asarray(-3, np.int32))), (wide,))
    made, flat = middle(net, (open_batch, 1, 4, 5)), middle(net, (open_batch, 4, 5))
    weights = net.weights((5, 1, 3, 4), axis=0)
    options = {"padding": 1, "stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1}
    spec.op("CONV_2D", (wide, weights, net.bias(source, weights, 5)), (made,), **options)
    spec.op("RESHAPE", (made, net.integers([-1, 4, 5])), (flat,))
    result = net.result((1, 8, 5), scale=SCALE, zero=ZERO)
    spec.op("BATCH_TO_SPACE_ND", (flat, block, pads), (result,))
    return net.build()


def test_a_dense_layer_over_a_sequence_sees_every_row() -> None:
    graph = read_graph(dense_over_a_sequence())
    assert [op.kind for op in graph.ops] == ["RESHAPE", "FULLY_CONNECTED", "RESHAPE"]
    assert graph.tensor(graph.ops[1].outputs[0]).shape == (7, 3)
    assert compile_model(dense_over_a_sequence(), TARGET).macs == 7 * 3 * 4
    assert_equal(dense_over_a_sequence(), "cortex-m4f", vectors=6)


def test_the_reference_has_constants_in_the_place_of_what_made_them() -> None:
    reference = compile_model(dense_over_a_sequence(), TARGET).reference
    assert len(reference) > len(dense_over_a_sequence())
    graph = read_tflite(reference)
    assert [op.kind for op in graph.ops] == ["RESHAPE", "FULLY_CONNECTED", "RESHAPE"]
    sizes = [graph.tensor(graph.ops[n].inputs[1]).array().tolist() for n in (0, 2)]
    assert sizes == [[7, 4], [1, 7, 3]]


def test_a_dilated_convolution_equals_tflm_with_the_batch_filled_in() -> None:
    assert compile_model(dilated(1), TARGET).reference == dilated(2)
    assert_equal(dilated(1), "cortex-m4f", vectors=6)


def test_a_file_without_open_sizes_is_its_own_reference() -> None:
    assert compile_model(dilated(2), TARGET).reference == dilated(2)
