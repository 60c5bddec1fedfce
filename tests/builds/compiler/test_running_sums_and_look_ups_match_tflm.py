"""Running sums, look-ups with computed indices, products of two activations, 4-bit weights."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import Unsupported, compile_model, read_graph
from builds.targets import load_target
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Conv, Net, Shape
from tests.builds.compiler.operators.filters.batch_matmul import add_product
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.operators.movement.gather import add_look_up
from tests.builds.compiler.operators.reductions.cumsum import add_running_sum
from tests.builds.compiler.oracle import assert_equal

few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)
TARGETS = ["cortex-m4f", "cortex-m0plus"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", ["int8", "float32"])
@few
@given(seeds, st.tuples(*[st.integers(1, 5)] * 3), st.integers(-3, 2))
def test_running_sums(target: str, dtype: str, seed: int, shape: Shape, axis: int) -> None:
    net = Net(seed)
    for exclusive in (False, True):
        for reverse in (False, True):
            add_running_sum(net, dtype, shape, axis, exclusive=exclusive, reverse=reverse)
    assert_equal(net.build(), target, vectors=8)


def test_a_long_running_sum_wraps_as_tflm_s_does() -> None:
    net = Net(3)
    add_running_sum(net, "int8", (2, 60), 1)
    assert_equal(net.build(), "cortex-m4f", vectors=9)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("constant", [True, False])
@few
@given(seeds, st.integers(-3, 2))
def test_look_ups_with_computed_indices(target: str, constant: bool, seed: int, axis: int) -> None:
    net = Net(seed)
    add_look_up(net, axis, constant=constant)
    assert_equal(net.build(), target, vectors=8)


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.integers(1, 6), st.integers(1, 6), st.integers(1, 20))
def test_products_of_two_activations(
    target: str, seed: int, rows: int, columns: int, depth: int
) -> None:
    net = Net(seed)
    for absent in ((), (-1,)):
        add_product(net, (rows, columns), depth, absent)
    assert {op.kind for op in read_graph(net.build()).ops} == {"BATCH_MATMUL"}
    assert_equal(net.build(), target)


def test_a_computed_matrix_with_an_activation_is_refused() -> None:
    net = Net(4)
    operands = (net.source((2, 3)), net.source((4, 3)), -1)
    net.spec.op("FULLY_CONNECTED", operands, (net.result((2, 4)),), activation=1)
    with pytest.raises(Unsupported, match="must be constant, not computed"):
        compile_model(net.build(), load_target("cortex-m4f"))


@pytest.mark.parametrize("target", TARGETS)
def test_real_numbers_change_their_sign(target: str) -> None:
    net = Net(5)
    source, made = plain_input(net, (3, 5), "float32"), plain_output(net, (3, 5), "float32")
    net.spec.op("NEG", (source,), (made,))
    assert_equal(net.build(), target, vectors=6)


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_weights_of_4_bits(
    target: str, seed: int, channels: int, filters: int, per_channel: bool
) -> None:
    net = Net(seed)
    add_conv(net, Conv(5, 4, channels, filters, (3, 2), per_channel=per_channel))
    add_depthwise(net, Conv(5, 4, channels, 2, (2, 3), per_channel=per_channel))
    add_dense(net, 2, 3 * channels, filters)
    for op in net.spec.ops:
        _pack(net.spec.tensors[op.inputs[1]])
    assert_equal(net.build(), target)


def _pack(weights: TensorSpec) -> None:
    """Leave 4 bits of each weight, two in a byte, the first in the lower half."""
    assert weights.data is not None
    halves = (weights.data.reshape(-1).astype(np.int64) % 16).tolist()
    pairs = zip(halves[::2], [*halves[1::2], 0], strict=False)
    weights.dtype, weights.data = "int4", np.asarray([a + 16 * b for a, b in pairs], np.uint8)
