"""Operators that move elements, over drawn shapes, each equal to TFLM and in machine code."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builds.compiler.networks import Net
from tests.builds.compiler.operators.images.depth_to_space import add_blocks
from tests.builds.compiler.operators.images.resize import add_resize
from tests.builds.compiler.operators.movement.concatenation import add_concatenation, add_pack
from tests.builds.compiler.operators.movement.gather import add_gather
from tests.builds.compiler.operators.movement.slice import add_slice, add_strided_slice
from tests.builds.compiler.operators.movement.split import add_split, add_split_v, add_unpack
from tests.builds.compiler.operators.movement.transpose import add_transpose
from tests.builds.compiler.oracle import assert_equal

few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)
sizes = st.integers(1, 5)
shapes = st.tuples(sizes, sizes, sizes, sizes)
TARGETS = ["cortex-m4f", "cortex-m0plus"]


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, shapes, st.integers(-4, 3), st.lists(sizes, min_size=1, max_size=4), st.booleans())
def test_concatenation(
    target: str, seed: int, shape: tuple[int, ...], axis: int, along: list[int], constant: bool
) -> None:
    net = Net(seed)
    parts = [tuple(a if i == axis % 4 else s for i, s in enumerate(shape)) for a in along]
    add_concatenation(net, parts, axis, constant=constant)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_concatenation_of_wider_elements(dtype: str) -> None:
    net = Net(1)
    add_concatenation(net, [(2, 3), (2, 5)], 1, dtype)
    assert_equal(net.build(), "cortex-m4f")


@few
@given(seeds, st.integers(1, 4), st.lists(sizes, min_size=1, max_size=3), st.integers(-2, 1))
def test_pack(seed: int, count: int, shape: list[int], axis: int) -> None:
    net = Net(seed)
    add_pack(net, count, tuple(shape), axis)
    assert_equal(net.build(), "cortex-m4f")


@few
@given(seeds, st.tuples(sizes, sizes, sizes), st.integers(-3, 2))
def test_unpack(seed: int, shape: tuple[int, ...], axis: int) -> None:
    net = Net(seed)
    add_unpack(net, shape, axis)
    assert_equal(net.build(), "cortex-m0plus")


@few
@given(seeds, shapes, st.integers(-4, 3), st.integers(1, 4))
def test_split(seed: int, shape: tuple[int, ...], axis: int, count: int) -> None:
    net = Net(seed)
    add_split(net, shape, axis, count)
    assert_equal(net.build(), "cortex-m4f")


@few
@given(seeds, shapes, st.integers(0, 3), st.lists(sizes, min_size=1, max_size=4))
def test_split_into_given_sizes(
    seed: int, shape: tuple[int, ...], axis: int, parts: list[int]
) -> None:
    net = Net(seed)
    add_split_v(net, shape, axis, parts)
    assert_equal(net.build(), "cortex-m4f")


@few
@given(seeds, st.data())
def test_slice(seed: int, data: st.DataObject) -> None:
    shape = data.draw(shapes)
    begins = [data.draw(st.integers(0, size - 1)) for size in shape]
    lengths = [
        data.draw(st.sampled_from([-1, *range(1, size - begin + 1)]))
        for size, begin in zip(shape, begins, strict=True)
    ]
    net = Net(seed)
    add_slice(net, shape, begins, lengths)
    assert_equal(net.build(), "cortex-m4f")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("bounds", "masks"),
    [
        ([(0, 6, 2), (1, 5, 1), (0, 3, 1)], {}),
        ([(5, 0, -2), (-1, -6, -1), (0, 3, 1)], {}),
        ([(3, 3, 1), (3, 3, 2), (1, 2, 1)], {"begin_mask": 1, "end_mask": 2}),
        ([(9, -9, -1), (0, 9, 3), (-2, 9, 1)], {"begin_mask": 1, "end_mask": 1}),
        ([(2, 3, 1), (0, 5, 1), (-1, 9, 1)], {"shrink_axis_mask": 5}),
    ],
)
def test_strided_slices(
    target: str, bounds: list[tuple[int, int, int]], masks: dict[str, int]
) -> None:
    net = Net(5)
    add_strided_slice(net, (6, 5, 3), bounds, **masks)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, shapes, st.permutations(range(4)))
def test_transpose(target: str, seed: int, shape: tuple[int, ...], order: list[int]) -> None:
    net = Net(seed)
    add_transpose(net, shape, order)
    add_transpose(net, shape[:2], [1, 0])
    assert_equal(net.build(), target)


@few
@given(
    seeds,
    st.tuples(sizes, st.just(5), sizes),
    st.sampled_from([1, -2]),
    st.lists(st.integers(0, 4), min_size=1, max_size=8),
)
def test_gather(seed: int, shape: tuple[int, ...], axis: int, indices: list[int]) -> None:
    net = Net(seed)
    add_gather(net, shape, axis, indices)
    assert_equal(net.build(), "cortex-m4f")


@pytest.mark.parametrize("kind", ["DEPTH_TO_SPACE", "SPACE_TO_DEPTH"])
@few
@given(seeds, shapes, st.integers(1, 3))
def test_blocks(kind: str, seed: int, shape: tuple[int, ...], block: int) -> None:
    net = Net(seed)
    add_blocks(net, kind, shape, block)
    assert_equal(net.build(), "cortex-m0plus")


@pytest.mark.parametrize("how", [{}, {"align_corners": True}, {"half_pixel_centers": True}])
@few
@given(seeds, shapes, st.tuples(st.integers(1, 11), st.integers(1, 11)))
def test_resize(
    how: dict[str, bool], seed: int, shape: tuple[int, ...], size: tuple[int, int]
) -> None:
    net = Net(seed)
    add_resize(net, shape, size, **how)
    assert_equal(net.build(), "cortex-m4f")
