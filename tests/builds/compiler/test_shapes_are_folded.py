"""Arithmetic on shapes, as converters leave it, is done at compile time; fills start recurrence."""

import numpy as np
import pytest

from builds.compiler import Unsupported, compile_model, read_graph
from builds.compiler.graph import Tensor
from builds.targets.catalog import load_target
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal

TARGET = load_target("cortex-m4f")


def whole(net: Net, *shape: int) -> int:
    """Add an int32 value that is computed."""
    return net.spec.tensor(TensorSpec(shape, "int32"))


def flattening(net: Net) -> None:
    """Flatten as Keras does: the batch size is read from the input's shape."""
    source = net.source((2, 3, 4), scale=0.1, zero=0)
    shape, batch, packed = whole(net, 3), whole(net), whole(net, 2)
    net.spec.op("SHAPE", (source,), (shape,))
    ends = [net.integers([n]) for n in (0, 1, 1)]
    net.spec.op("STRIDED_SLICE", (shape, *ends), (batch,), shrink_axis_mask=1)
    rest = net.spec.constant(np.asarray(12, np.int32))
    net.spec.op("PACK", (batch, rest), (packed,), count=2)
    flat = net.spec.activation((2, 12), 0.1, 0)
    net.spec.op("RESHAPE", (source, packed), (flat,))
    net.spec.op("RELU", (flat,), (net.result((2, 12)),))


def test_a_flatten_with_a_computed_shape_is_equal() -> None:
    net = Net(3)
    flattening(net)
    assert [op.kind for op in read_graph(net.build()).ops] == ["RESHAPE", "RELU"]
    assert_equal(net.build(), "cortex-m4f")


def folded(net: Net, kind: str, *values: list[int] | int, out: int, **options: int) -> Tensor:
    """Fold one operator on constants beside a model that works."""
    source = net.source((1, 2))
    net.spec.op("RELU", (source,), (net.result((1, 2)),))
    operands = [net.spec.constant(np.asarray(v, np.int32)) for v in values]
    target = whole(net, out)
    net.spec.op(kind, operands, (target,), **options)
    return read_graph(net.build()).tensor(target)


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        ("ADD", ([1, 2], [10]), [11, 12]),
        ("SUB", ([1, 2], [3, 5]), [-2, -3]),
        ("MUL", ([3, 4], [5]), [15, 20]),
        ("CONCATENATION", ([1], [2, 3]), [1, 2, 3]),
        ("PACK", (7, 8), [7, 8]),
        ("REDUCE_PROD", ([2, 3, 4], [0]), [24]),
        ("GATHER", ([5, 6, 7], [2, 0]), [7, 5]),
        ("STRIDED_SLICE", ([5, 6, 7], [-2], [3], [1]), [6, 7]),
    ],
)
def test_rules_on_shapes(kind: str, values: tuple[list[int], ...], wanted: list[int]) -> None:
    tensor = folded(Net(1), kind, *values, out=len(wanted))
    assert tensor.data is not None
    assert tensor.array().tolist() == wanted


@pytest.mark.parametrize(
    ("kind", "values", "out"),
    [
        ("MUL", ([1 << 30], [4]), 1),
        ("GATHER", ([5, 6], [2]), 1),
        ("STRIDED_SLICE", ([5, 6, 7], [9], [3], [1]), 1),
        ("CONCATENATION", ([1], [2, 3]), 2),
        ("FLOOR_DIV", ([4], [0]), 1),
    ],
)
def test_what_does_not_fit_stays_for_the_checks(
    kind: str, values: tuple[list[int], ...], out: int
) -> None:
    assert folded(Net(1), kind, *values, out=out).data is None


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
def test_a_fill_is_equal(target: str) -> None:
    net = Net(5)
    filled = net.spec.activation((1, 5), 0.05, 3)
    value = net.spec.constant(np.asarray(-7, np.int8), scales=(0.05,), zeros=(3,))
    net.spec.op("FILL", (net.integers([1, 5]), value), (filled,))
    net.spec.op("ADD", (net.source((1, 5)), filled), (net.result((1, 5)),))
    assert_equal(net.build(), target)


def test_a_fill_of_another_shape_is_refused() -> None:
    net = Net(5)
    value = net.spec.constant(np.asarray(1, np.int8), scales=(0.05,), zeros=(3,))
    filled = net.spec.activation((1, 5), 0.05, 3)
    net.spec.op("FILL", (net.integers([1, 6]), value), (filled,))
    net.spec.op("ADD", (net.source((1, 5)), filled), (net.result((1, 5)),))
    with pytest.raises(Unsupported, match="constant int32"):
        compile_model(net.build(), TARGET)
