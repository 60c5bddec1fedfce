"""A damaged model is refused with our own error, or compiles; nothing else ever comes out.

`EDGEFLEET_MUTANTS` sets how many mutants each model gets; a longer run sets it high.
"""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.compiler import BadModel, CompileError, compile_model, read_graph
from builds.targets.catalog import load_target
from tests.compiler.mutants import mutants
from tests.compiler.networks import (
    Conv,
    Net,
    add_binary,
    add_conv,
    add_dense,
    add_depthwise,
    add_pad,
    add_pool,
    add_reduce,
    add_softmax,
    add_unary,
)
from tests.compiler.oracle import MODELS

COUNT = int(os.environ.get("EDGEFLEET_MUTANTS", "1250"))
TARGET = load_target("cortex-m4f")


def mixed_model() -> bytes:
    """One of every operator, small."""
    net = Net(7)
    add_conv(net, Conv(4, 4, 2, 3, (3, 3)))
    add_depthwise(net, Conv(4, 4, 4, 1, (3, 3)))
    add_dense(net, 1, 8, 5)
    add_pool(net, Conv(4, 4, 3, 1, (2, 2), stride=(2, 2)), "AVERAGE_POOL_2D")
    add_pool(net, Conv(4, 4, 3, 1, (2, 2), stride=(2, 2)), "MAX_POOL_2D")
    add_softmax(net, 1, 6)
    add_binary(net, "ADD", (1, 2, 3), (1, 2, 3), (1, 2, 3))
    add_unary(net, "RELU", (1, 4))
    add_reduce(net, "MEAN", (1, 3, 3, 2), [1, 2], keep=False)
    add_pad(net, (1, 2, 2, 1), [[0, 0], [1, 1], [0, 1], [0, 0]])
    return net.build()


def survives(model: bytes) -> None:
    """Compile; only a sentence of ours may stand in the way."""
    try:
        compile_model(model, TARGET)
    except CompileError as error:
        text = str(error)
        assert text.endswith(".")
        assert len(text) < 1000


@pytest.mark.parametrize("seed", range(4))
def test_mutants_of_a_mixed_model(seed: int) -> None:
    for mutant in mutants(mixed_model(), COUNT, seed):
        survives(mutant)


@pytest.mark.parametrize("name", ["kws_ref_model", "hello_world_int8"])
def test_mutants_of_public_models(name: str) -> None:
    path = MODELS / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"the public model {name} is not beside the project")
    for mutant in mutants(path.read_bytes(), COUNT // 10, seed=11):
        survives(mutant)


@given(st.binary(max_size=200))
def test_noise_is_not_a_model(noise: bytes) -> None:
    with pytest.raises(BadModel):
        read_graph(noise)


@given(st.binary(max_size=300))
def test_noise_after_the_identifier_is_not_a_model(noise: bytes) -> None:
    with pytest.raises(CompileError):
        read_graph(b"\x10\x00\x00\x00TFL3" + noise)


def test_the_eight_byte_file_that_crashed_another_reader() -> None:
    with pytest.raises(BadModel, match="TFL3"):
        read_graph(bytes.fromhex("1800000054464c33"))


def test_every_truncation_of_a_model_is_refused() -> None:
    model = mixed_model()
    for size in range(0, len(model) - 8, 37):
        with pytest.raises(CompileError):
            read_graph(model[:size])


def test_a_file_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadModel, match="at most"):
        read_graph(bytes(8 * 1024 * 1024 + 1))
