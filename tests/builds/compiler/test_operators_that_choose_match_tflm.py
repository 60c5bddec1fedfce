"""Interpolation, transposed convolutions and choices, each equal to TFLM in machine code."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import CompileError, compile_model
from builds.targets import load_target
from tests.builds.compiler.networks import Net, add_unary
from tests.builds.compiler.operators.filters.batch_matmul import add_matmul
from tests.builds.compiler.operators.filters.transpose_conv import add_transpose_conv
from tests.builds.compiler.operators.images.resize import add_bilinear
from tests.builds.compiler.operators.reductions.arg_max import add_place
from tests.builds.compiler.operators.reductions.reduce_max import add_largest
from tests.builds.compiler.oracle import assert_equal

few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)
sizes = st.integers(1, 5)
shapes = st.tuples(sizes, sizes, sizes, sizes)


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
@pytest.mark.parametrize("padding", [0, 1])
@few
@given(
    seeds,
    shapes,
    sizes,
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.booleans(),
    st.booleans(),
)
def test_transposed_convolutions(
    target: str,
    padding: int,
    seed: int,
    image: tuple[int, ...],
    filters: int,
    taps: tuple[int, int],
    stride: tuple[int, int],
    bias: bool,
    per_channel: bool,
) -> None:
    net = Net(seed)
    add_transpose_conv(
        net, image, filters, taps, stride, padding=padding, bias=bias, per_channel=per_channel
    )
    assert_equal(net.build(), target)


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc"])
@pytest.mark.parametrize("padding", [0, 1])
def test_transposed_convolutions_are_equal_on_each_cpu(target: str, padding: int) -> None:
    net = Net(6)
    for taps, stride in (((3, 3), (2, 2)), ((2, 2), (2, 2)), ((4, 5), (3, 1)), ((1, 2), (2, 3))):
        add_transpose_conv(net, (2, 5, 4, 5), 6, taps, stride, padding=padding)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("how", [{}, {"align_corners": True}, {"half_pixel_centers": True}])
@few
@given(seeds, shapes, st.tuples(st.integers(1, 11), st.integers(1, 11)))
def test_interpolation(
    how: dict[str, bool], seed: int, shape: tuple[int, ...], size: tuple[int, int]
) -> None:
    net = Net(seed)
    add_bilinear(net, shape, size, **how)
    assert_equal(net.build(), "cortex-m0plus")


def test_an_image_that_grows_beyond_the_positions_is_refused() -> None:
    net = Net(1)
    add_bilinear(net, (1, 1, 1, 1), (400, 1))
    with pytest.raises(CompileError, match="10-bit positions"):
        compile_model(net.build(), load_target("cortex-m4f"))


@few
@given(seeds, shapes, st.sampled_from([[1, 2], [3], [0], [-1], [1, 2, 3]]), st.booleans())
def test_the_largest_and_smallest(
    seed: int, shape: tuple[int, ...], axes: list[int], keep: bool
) -> None:
    net = Net(seed)
    for kind in ("REDUCE_MAX", "REDUCE_MIN"):
        add_largest(net, shape, [axis % 4 for axis in axes], keep=keep, kind=kind)
    assert_equal(net.build(), "cortex-m4f")


@pytest.mark.parametrize("kind", ["ARG_MAX", "ARG_MIN"])
@few
@given(seeds, st.tuples(sizes, st.integers(1, 9), sizes), st.integers(-3, 2))
def test_places(kind: str, seed: int, shape: tuple[int, ...], axis: int) -> None:
    net = Net(seed)
    add_place(net, kind, shape, axis)
    assert_equal(net.build(), "cortex-m0plus")


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
@few
@given(seeds, st.lists(sizes, max_size=2), st.integers(1, 40))
def test_rows_of_unit_length(target: str, seed: int, outer: list[int], depth: int) -> None:
    net = Net(seed)
    for _ in range(3):
        add_unary(net, "L2_NORMALIZATION", (*outer, depth))
    assert_equal(net.build(), target, vectors=9)


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
@pytest.mark.parametrize(("adj_x", "adj_y"), [(False, False), (True, False), (False, True)])
@few
@given(
    seeds,
    st.sampled_from(
        [
            ((), (), ()),
            ((2,), (2,), (2,)),
            ((2, 3), (2, 3), (2, 3)),
            ((2, 1), (1, 3), (2, 3)),
            ((3,), (2, 3), (2, 3)),
        ]
    ),
    st.tuples(sizes, st.integers(1, 12), sizes),
)
def test_matrix_products(
    target: str,
    adj_x: bool,
    adj_y: bool,
    seed: int,
    batches: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]],
    shape: tuple[int, int, int],
) -> None:
    net = Net(seed)
    add_matmul(net, batches, shape, adj_x=adj_x, adj_y=adj_y)
    assert_equal(net.build(), target)


def test_a_matrix_product_with_constants() -> None:
    net = Net(9)
    add_matmul(net, ((2,), (), (2,)), (3, 4, 5), adj_x=False, adj_y=False, constant=True)
    assert_equal(net.build(), "cortex-m4f")
