"""Every family of operators, built by GNU Arm too: it must not call memset or its like."""

import tempfile
from pathlib import Path

import pytest

from builds.compiler import Recipe, compile_model
from builds.targets import load_target
from builds.toolchain.gnu import gnu_available
from builds.verify import prove
from tests.builds.compiler.models_of_every_kind import mask_model, running_model
from tests.builds.compiler.networks import Conv, Net, add_binary, add_unary
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.operators.filters.pool_2d import add_pool
from tests.builds.compiler.operators.filters.transpose_conv import add_transpose_conv
from tests.builds.compiler.operators.images.depth_to_space import add_blocks
from tests.builds.compiler.operators.images.pad import add_pad
from tests.builds.compiler.operators.images.resize import add_bilinear, add_resize
from tests.builds.compiler.operators.memory.svdf import svdf
from tests.builds.compiler.operators.memory.unidirectional_sequence_lstm import lstm
from tests.builds.compiler.operators.memory.variable import running_sum
from tests.builds.compiler.operators.movement.concatenation import add_concatenation
from tests.builds.compiler.operators.movement.gather import add_gather
from tests.builds.compiler.operators.movement.slice import add_strided_slice
from tests.builds.compiler.operators.movement.split import add_split
from tests.builds.compiler.operators.reductions.arg_max import add_place
from tests.builds.compiler.operators.reductions.mean import add_reduce
from tests.builds.compiler.operators.reductions.reduce_max import add_largest
from tests.builds.compiler.operators.reductions.softmax import add_softmax
from tests.builds.compiler.test_sixteen_bit_activations_match_tflm import add_layers
from tests.builds.compiler.test_unrolled_recurrent_layers_match_tflm import unrolled


def everything() -> bytes:
    net = Net(4)
    add_conv(net, Conv(5, 4, 3, 4, (3, 3)))
    add_depthwise(net, Conv(5, 4, 3, 1, (3, 3)))
    add_dense(net, 2, 9, 5)
    add_pool(net, Conv(4, 4, 2, 1, (2, 2), (2, 2)), "AVERAGE_POOL_2D")
    add_pool(net, Conv(4, 4, 2, 1, (2, 2), (2, 2)), "MAX_POOL_2D")
    add_binary(net, "ADD", (2, 3), (2, 3), (2, 3))
    add_softmax(net, 2, 5)
    add_pad(net, (1, 3, 4, 2), [[0, 0], [1, 2], [0, 1], [0, 0]])
    add_reduce(net, "MEAN", (2, 3, 4, 2), [1, 2], keep=True)
    add_unary(net, "RELU6", (3, 7))
    add_unary(net, "L2_NORMALIZATION", (3, 7))
    add_transpose_conv(net, (1, 4, 3, 2), 3, (3, 2), (2, 2), padding=0)
    add_bilinear(net, (1, 3, 4, 2), (5, 6), half_pixel_centers=True)
    add_resize(net, (1, 3, 4, 2), (5, 6))
    add_largest(net, (2, 3, 4), [1], keep=True)
    add_place(net, "ARG_MIN", (2, 5, 3), 1)
    add_concatenation(net, [(2, 3), (2, 5)], 1, constant=True)
    add_strided_slice(net, (6, 5, 3), [(5, 0, -2), (-1, -6, -1), (0, 3, 1)])
    add_gather(net, (2, 5, 3), 1, [4, 0, 2])
    add_blocks(net, "SPACE_TO_DEPTH", (1, 2, 3, 2), 2)
    add_split(net, (2, 3), 0, 3)
    add_layers(net, 3, 4, 2, 3)
    return net.build()


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("cortex-m4f", Recipe.SIZE),
        ("cortex-m4f", Recipe.BALANCED),
        ("cortex-m4f", Recipe.SPEED),
        ("cortex-m0plus", Recipe.SIZE),
        ("cortex-m0plus", Recipe.BALANCED),
        ("cortex-m0plus", Recipe.SPEED),
        ("cortex-m3", Recipe.BALANCED),
        ("cortex-m55", Recipe.SIZE),
        ("cortex-m55", Recipe.SPEED),
    ],
)
def test_every_family_links_alone_and_is_equal(name: str, recipe: Recipe) -> None:
    prove_with_gnu(everything(), name, recipe)


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
@pytest.mark.parametrize(
    "model",
    [
        lstm(1, 1, 2, 3, 4),
        svdf(1, 1, 3, 4, 1, 3, "int16"),
        running_sum([1, 2, 3, 4, 5, 6]),
        unrolled(2),
    ],
    ids=["lstm", "svdf", "variable", "unrolled"],
)
def test_state_links_alone_and_is_equal(model: bytes) -> None:
    prove_with_gnu(model, "cortex-m0plus", Recipe.SIZE)


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
@pytest.mark.parametrize("name", ["cortex-m4f", "cortex-m0plus"])
@pytest.mark.parametrize("model", [mask_model(), running_model()], ids=["mask", "running"])
@pytest.mark.parametrize("recipe", [Recipe.SIZE, Recipe.SPEED])
def test_masks_and_running_sums_link_alone(model: bytes, name: str, recipe: Recipe) -> None:
    prove_with_gnu(model, name, recipe)


def prove_with_gnu(model: bytes, name: str, recipe: Recipe) -> None:
    """Build with GNU Arm, which must find every symbol, and compare."""
    target = load_target(name)
    compiled = compile_model(model, target, recipe=recipe)
    with tempfile.TemporaryDirectory(prefix="edgefleet-test-") as folder:
        proof = prove(model, compiled, target, vectors=5, workdir=Path(folder), compiler="gnu")
    assert proof.equal, proof.first_difference
