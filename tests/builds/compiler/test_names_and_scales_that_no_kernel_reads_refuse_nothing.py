"""What is only for people, or is ignored by TFLM, stands in no model's way."""

import pytest

from builds.compiler import compile_model, read_graph
from builds.compiler.limits import NAME_BYTES
from builds.targets.catalog import load_target
from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.oracle import assert_equal


@pytest.mark.parametrize("length", [NAME_BYTES, NAME_BYTES + 1, 300_000])
def test_a_name_of_any_length_is_read_and_kept_short(length: int) -> None:
    net = Net(1)
    add_dense(net, 1, 8, 4)
    for tensor in net.spec.tensors:
        tensor.name = ("model/layer_with_a_long_name/BiasAdd;" * (length // 30))[:length]
    assert {len(t.name) for t in read_graph(net.build()).tensors} == {NAME_BYTES}
    assert_equal(net.build(), "cortex-m4f")


def test_a_long_name_leaves_the_sources_short() -> None:
    net = Net(1)
    add_dense(net, 1, 8, 4)
    net.spec.tensors[-1].name = "x" * 100_000
    files = compile_model(net.build(), load_target("cortex-m4f")).files
    assert max(len(line) for text in files.values() for line in text.splitlines()) < 300


@pytest.mark.parametrize("axis", [1, 3])
def test_a_bias_has_the_axis_of_its_filters_in_old_files(axis: int) -> None:
    net = Net(1)
    add_conv(net, Conv(5, 5, 3, 6, (3, 3)))
    add_depthwise(net, Conv(5, 5, 6, 1, (3, 3)))
    for op in net.spec.ops:
        net.spec.tensors[op.inputs[2]].axis = axis
    assert_equal(net.build(), "cortex-m4f")
