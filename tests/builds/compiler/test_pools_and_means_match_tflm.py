"""Pools and means of any number of channels equal TFLM on each CPU."""

import pytest

from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.pool_2d import add_pool
from tests.builds.compiler.operators.reductions.mean import add_reduce
from tests.builds.compiler.oracle import assert_equal

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
TARGETS = ["cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc"]
POOLS = ["AVERAGE_POOL_2D", "MAX_POOL_2D"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", POOLS)
def test_pools_of_any_number_of_channels_are_equal(kind: str, target: str) -> None:
    net = Net(3)
    for channels in (1, 3, 4, 5, 8, 13):
        window = Conv(7, 6, channels, 1, (3, 3), stride=(2, 2), activation=channels % 4)
        add_pool(net, window, kind)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("kind", POOLS)
def test_a_pool_over_more_bytes_than_16_bits_hold_is_equal(kind: str) -> None:
    net = Net(5)
    for size in (16, 17):
        add_pool(net, Conv(size, size, 6, 1, (size, size), padding=1), kind)
    assert_equal(net.build(), "cortex-m4f")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("keep", [True, False])
def test_means_over_neighbouring_axes_are_equal(target: str, keep: bool) -> None:
    net = Net(4)
    for channels in (1, 2, 4, 7, 12):
        add_reduce(net, "MEAN", (2, 5, 3, channels), [1, 2], keep=keep)
        add_reduce(net, "SUM", (2, 3, channels), [2], keep=keep)
    add_reduce(net, "MEAN", (1, 300, 5), [1], keep=keep)
    add_reduce(net, "MEAN", (1, 1043), [1], keep=keep)
    add_reduce(net, "MEAN", (2, 3, 2, 5), [1, 3], keep=keep)
    assert_equal(net.build(), target)
