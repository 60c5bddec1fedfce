"""LSTM and SVDF: equal to TFLM over a sequence of runs, state and all."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import compile_model
from builds.compiler.arithmetic.fixedpoint import sigmoid_table
from builds.targets.catalog import load_target
from tests.builds.compiler.networks import Net
from tests.builds.compiler.operators.memory.svdf import svdf
from tests.builds.compiler.operators.memory.unidirectional_sequence_lstm import lstm, variable
from tests.builds.compiler.oracle import assert_equal

few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)
sizes = st.integers(1, 9)


CPUS = ["cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc"]


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
@few
@given(seeds, st.integers(1, 3), st.integers(1, 5), sizes, sizes, st.booleans())
def test_an_lstm_is_equal(
    target: str, seed: int, batch: int, steps: int, inputs: int, states: int, time_major: bool
) -> None:
    model = lstm(seed, batch, steps, inputs, states, time_major=time_major)
    assert_equal(model, target, vectors=6)


@pytest.mark.parametrize("power", [-9, -12, -15])
@pytest.mark.parametrize("clip", [0.0, 0.5])
def test_an_lstm_with_any_cell_scale_is_equal(power: int, clip: float) -> None:
    assert_equal(lstm(1, 1, 6, 4, 5, power=power, cell_clip=clip), "cortex-m4f", vectors=6)


def test_an_lstm_whose_output_has_another_scale_than_its_state_is_equal() -> None:
    """A converter writes that where two layers are joined; the bytes are the state's."""
    assert_equal(lstm(1, 1, 4, 3, 5, scale_out=0.02), "cortex-m0plus", vectors=5)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@few
@given(seeds, st.integers(1, 2), sizes, sizes, st.integers(1, 2), st.integers(1, 6))
def test_an_svdf_is_equal(
    dtype: str, seed: int, batch: int, inputs: int, units: int, rank: int, memory: int
) -> None:
    assert_equal(svdf(seed, batch, inputs, units, rank, memory, dtype), "cortex-m4f", vectors=8)


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize("target", CPUS)
@pytest.mark.parametrize("sizes", [(1, 3, 5, 6), (1, 2, 8, 4), (2, 3, 7, 5), (3, 1, 1, 1)])
def test_an_lstm_is_equal_on_each_cpu(target: str, sizes: tuple[int, int, int, int]) -> None:
    assert_equal(lstm(7, *sizes), target, vectors=4)


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize("target", CPUS)
@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_an_svdf_is_equal_on_each_cpu(target: str, dtype: str) -> None:
    assert_equal(svdf(3, 2, 5, 3, 2, 7, dtype), target, vectors=9)


def test_filters_that_cannot_share_a_word_are_summed_in_plain_loops() -> None:
    net = Net(1)
    source = net.source((1, 4))
    feature = net.spec.constant(
        np.array([[-1, 1, 0, 2], [-128, 3, 1, 0]], np.int8), scales=(0.01,), zeros=(0,)
    )
    time = net.spec.constant(np.array([[1, 2], [3, -4]], np.int8), scales=(0.002,), zeros=(0,))
    bias = net.spec.constant(np.array([5, -6], np.int32), scales=(0.0008,))
    state = variable(net, (1, 4), "int8", 0.4, 0)
    target = net.result((1, 2), scale=0.1)
    net.spec.op("SVDF", (source, feature, time, bias, state), (target,), rank=1, activation=1)
    text = compile_model(net.build(), load_target("cortex-m4f")).files["model.cc"]
    assert "portable::ef_svdf(" in text
    assert_equal(net.build(), "cortex-m4f")


def test_outputs_of_an_lstm_lie_over_inputs_that_were_read() -> None:
    compiled = compile_model(lstm(1, 1, 8, 16, 4), load_target("cortex-m4f"))
    assert compiled.plan.peak_bytes == 8 * 16 + 4 + 4 + 8  # inputs, one row ahead, states


def test_state_is_counted_apart_from_the_arena() -> None:
    compiled = compile_model(lstm(1, 1, 2, 3, 8), load_target("cortex-m4f"))
    assert compiled.state_bytes == 8 + 16
    assert compiled.arena_bytes + compiled.state_bytes == compiled.plan.peak_bytes
    assert "ef_reset(" in compiled.files["model.cc"]


def test_the_sigmoid_table_rises_from_a_half_to_one() -> None:
    table = sigmoid_table()
    assert (table[0], table[1], table[254], table[255]) == (32768, 33451, 65534, 65535)
    assert table == sorted(table)
