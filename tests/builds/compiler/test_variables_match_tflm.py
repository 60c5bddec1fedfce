"""Variables keep their value between runs, start from what the model says, and equal TFLM's."""

import pytest

from builds.compiler import BadModel, CompileError, Unsupported, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net
from tests.builds.compiler.operators.memory.variable import SCALE, ZERO, running_sum, starting
from tests.builds.compiler.oracle import assert_equal

TARGET = load_target("cortex-m4f")


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus", "rv32imc"])
def test_a_running_sum_is_equal(target: str) -> None:
    assert_equal(running_sum(), target, vectors=6)


@pytest.mark.parametrize("start", [[9] * 6, [1, -2, 3, -128, 127, 0]])
def test_a_start_is_equal(start: list[int]) -> None:
    assert_equal(running_sum(start), "cortex-m4f", vectors=6)


def test_a_constant_that_is_assigned_is_equal() -> None:
    assert_equal(running_sum(constant=True), "cortex-m4f", vectors=4)


def test_variables_count_as_state() -> None:
    compiled = compile_model(running_sum(), TARGET)
    assert compiled.state_bytes == 8
    assert compiled.arena_bytes + compiled.state_bytes == compiled.plan.peak_bytes


def test_a_start_of_another_size_is_refused() -> None:
    net = Net(1)
    spec = net.spec
    spec.op("CALL_ONCE", (), (), subgraph=1)
    spec.others.append(starting([1] * 6))
    source = net.source((1, 2), scale=SCALE, zero=ZERO)
    memory = spec.handle("memory")
    out = net.result((1, 2), scale=SCALE, zero=ZERO)
    spec.op("READ_VARIABLE", (memory,), (out,))
    spec.op("ASSIGN_VARIABLE", (memory, source), ())
    with pytest.raises(BadModel, match="another size"):
        compile_model(net.build(), TARGET)


def test_a_variable_that_nobody_sets_is_refused() -> None:
    net = Net(1)
    net.source((1, 2))
    memory = net.spec.handle("memory")
    net.spec.op("READ_VARIABLE", (memory,), (net.result((1, 2)),))
    with pytest.raises(Unsupported, match="set somewhere"):
        compile_model(net.build(), TARGET)


def test_a_handle_that_does_not_exist_is_refused() -> None:
    net = Net(1)
    source = net.source((1, 2))
    net.spec.op("ASSIGN_VARIABLE", (source, source), ())
    net.spec.op("RELU", (source,), (net.result((1, 2)),))
    with pytest.raises(CompileError, match="A variable must be"):
        compile_model(net.build(), TARGET)


@pytest.mark.parametrize("inputs", [(), (0,), (0, 0, 0)])
def test_an_assignment_of_nothing_is_refused(inputs: tuple[int, ...]) -> None:
    net = Net(1)
    source = net.source((1, 2))
    net.spec.op("RELU", (source,), (net.result((1, 2)),))
    net.spec.op("ASSIGN_VARIABLE", inputs, ())
    with pytest.raises(BadModel, match="inputs or outputs that it must not have"):
        compile_model(net.build(), TARGET)


def test_a_graph_that_nobody_calls_is_left_alone() -> None:
    net = Net(1)
    net.spec.others.append(starting([1] * 6))
    source = net.source((1, 2))
    net.spec.op("RELU", (source,), (net.result((1, 2)),))
    assert_equal(net.build(), vectors=2)


def test_a_variable_of_a_type_without_arithmetic_is_refused() -> None:
    net = Net(1)
    spec = net.spec
    source = net.source((1, 2))
    spec.op("RELU", (source,), (net.result((1, 2)),))
    memory, value = spec.handle("memory"), spec.tensor(TensorSpec((2,), "bool"))
    spec.op("READ_VARIABLE", (memory,), (value,))
    spec.op("ASSIGN_VARIABLE", (memory, value), ())
    with pytest.raises(Unsupported, match="int8, int16, int32 or float32"):
        compile_model(net.build(), TARGET)
