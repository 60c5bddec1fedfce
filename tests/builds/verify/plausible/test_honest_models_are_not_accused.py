"""No false alarm: public models, the zoo of every kind of operator, networks drawn at random."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds.compiler.errors import CompileError
from builds.verify.errors import EngineUnavailable
from tests.builds.compiler.models_of_every_kind import small_models
from tests.builds.compiler.networks import Conv, Net, add_binary, add_unary
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.operators.filters.pool_2d import add_pool
from tests.builds.compiler.operators.images.pad import add_pad
from tests.builds.compiler.operators.reductions.mean import add_reduce
from tests.builds.compiler.operators.reductions.softmax import add_softmax
from tests.builds.compiler.other_networks import NETWORKS
from tests.builds.verify.plausible.looking import SHARED, blamed

# Their operands were drawn with scales that TFLM does not heed, so it is wrong, and rightly named.
WRONG = {
    "arithmetic": {"MAXIMUM", "RELU6", "L2_NORMALIZATION"},
    "running": {"CUMSUM"},
    # The layer's RELU is in its output's zero point, which here is another.
    "SVDF, 40 inputs, 64 units, memory 16": {"SVDF"},
    "svdf": {"SVDF"},
}
NOT_IN_TFLM = {"newer", "running"}  # it lacks one of their operators
# Two are preprocessors with operators of their own, one has only floating-point numbers.
NOT_JUDGED = {"audio_preprocessor_float", "audio_preprocessor_int8", "kws_ref_model_float32"}
MODELS = sorted((SHARED / "models").glob("*.tflite"))
ACTIVATIONS = st.integers(0, 3)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_public_model_is_believed(path) -> None:  # type: ignore[no-untyped-def]
    try:
        assert blamed(path.read_bytes(), vectors=4) == set()
    except (EngineUnavailable, CompileError):
        assert path.stem in NOT_JUDGED


@pytest.mark.parametrize("name", sorted(small_models()))
def test_the_zoo_is_believed_where_tflm_is_right(name: str) -> None:
    try:
        assert blamed(small_models()[name], vectors=8) <= WRONG.get(name, set())
    except EngineUnavailable:
        assert name in NOT_IN_TFLM


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_the_networks_of_the_manual_are_believed(name: str) -> None:
    assert blamed(NETWORKS[name](), vectors=3) <= WRONG.get(name, set())


LAYERS: tuple[Callable[[Net, int], None], ...] = (
    lambda net, a: add_conv(net, Conv(5, 4, 3, 4, (3, 2), activation=a, stride=(2, 1))),
    lambda net, a: add_conv(net, Conv(5, 4, 2, 3, (2, 2), groups=2, activation=a, padding=1)),
    lambda net, a: add_depthwise(net, Conv(5, 4, 3, 2, (3, 3), activation=a, dilation=(2, 1))),
    lambda net, a: add_dense(net, 3, 17, 5, activation=a, per_channel=bool(a & 1)),
    lambda net, a: add_pool(net, Conv(5, 4, 3, 1, (2, 3), activation=a), "AVERAGE_POOL_2D"),
    lambda net, a: add_pool(net, Conv(5, 4, 3, 1, (2, 3), activation=a), "MAX_POOL_2D"),
    lambda net, a: add_binary(net, "ADD", (2, 1, 9), (3, 9), (2, 3, 9), activation=a),
    lambda net, a: add_binary(net, "SUB", (2, 9), (9,), (2, 9), activation=a),
    lambda net, a: add_binary(net, "MUL", (2, 9), (9,), (2, 9), activation=a),
    lambda net, a: add_reduce(net, "MEAN", (2, 7, 5), [1 + (a & 1)], keep=bool(a & 2)),
    lambda net, a: add_reduce(net, "SUM", (2, 7, 5), [0, 2], keep=bool(a & 1)),
    lambda net, a: add_softmax(net, 3, 11 + a),
    lambda net, a: add_unary(net, "LEAKY_RELU", (4, 64), alpha=0.1 * a),
    lambda net, a: add_unary(net, "HARD_SWISH", (4, 64)),
    lambda net, a: add_pad(net, (1, 3, 4, 2), [[0, 0], [1, a], [0, 1], [0, 0]]),
)


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.lists(ACTIVATIONS, min_size=len(LAYERS), max_size=len(LAYERS)))
def test_random_layers_are_believed(seed: int, activations: list[int]) -> None:
    net = Net(seed)
    for add, activation in zip(LAYERS, activations, strict=True):
        add(net, activation)
    assert blamed(net.build(), vectors=5) == set()
