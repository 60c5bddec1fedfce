"""Convolutions of one and three channels, whose rows are copied in whole words where possible."""

import shutil
from pathlib import Path

import pytest

from builds.compiler import compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise
from tests.builds.compiler.oracle import assert_equal
from tests.builds.compiler.sanitizers import COMPILER, assert_runs_clean

LAYERS = [
    Conv(7, 9, 1, 6, (3, 3)),
    Conv(6, 8, 1, 3, (4, 2), padding=1),  # its last row ends with the column
    Conv(8, 7, 3, 4, (3, 3), stride=(2, 2)),
    Conv(9, 6, 3, 5, (2, 5), dilation=(3, 1), padding=1),
    Conv(5, 5, 5, 7, (5, 5), padding=1),
    Conv(1, 12, 6, 4, (1, 3)),
]


def layers() -> bytes:
    """Every layer, and depthwise ones that slide over a picture with windows of other sizes."""
    net = Net(2)
    for layer in LAYERS:
        add_conv(net, layer)
    for taps in ((5, 5), (7, 7), (1, 4), (5, 1)):
        add_depthwise(net, Conv(9, 8, 8, 1, taps, stride=(1, 2)))
    return net.build()


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc"])
def test_they_are_equal(target: str) -> None:
    assert_equal(layers(), target, vectors=6)


@pytest.mark.skipif(shutil.which(COMPILER) is None, reason="g++ with its sanitizers is missing")
def test_they_read_and_write_nothing_beyond_their_arrays(tmp_path: Path) -> None:
    assert_runs_clean(compile_model(layers(), load_target("cortex-m4f")), tmp_path)
