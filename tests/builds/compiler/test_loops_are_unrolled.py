"""Loops with a constant number of turns equal TFLM's; others are refused with what would help."""

import pytest

from builds.compiler import BadModel, Unsupported, compile_model, read_graph
from builds.targets.catalog import load_target
from tests.builds.compiler import loops
from tests.builds.compiler.loops import looped
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal

TARGET = load_target("cortex-m4f")


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
def test_a_loop_is_equal(target: str) -> None:
    assert_equal(looped(1, 5), target, vectors=6)


def test_a_loop_of_no_turns_gives_what_it_was_given() -> None:
    graph = read_graph(looped(1, 3, start=3))
    assert [op.kind for op in graph.ops] == ["FILL", "RESHAPE", "RELU"]
    assert_equal(looped(1, 3, start=3), vectors=2)


def test_the_weights_of_all_turns_are_one() -> None:
    few, many = (compile_model(looped(1, steps), TARGET) for steps in (2, 9))
    rows = 4 * (9 - 2)  # bytes of the indices that the turns read at
    assert many.weights_bytes - few.weights_bytes == rows


def test_a_loop_whose_turns_depend_on_an_input_is_refused() -> None:
    with pytest.raises(Unsupported, match=r"constant number of turns .* unroll=True"):
        compile_model(looped(1, 4, start=None), TARGET)


def test_a_loop_of_too_many_turns_is_refused() -> None:
    with pytest.raises(Unsupported, match="shorten"):
        compile_model(looped(1, 2000), TARGET)


def test_a_loop_without_its_graphs_is_refused() -> None:
    net = Net(1)
    source, target = net.source((1, 2)), net.result((1, 2))
    net.spec.op("WHILE", (source,), (target,), condition=1, body=7)
    net.spec.others.append(loops.condition(3, []))
    with pytest.raises(BadModel, match="a graph that the file does not have"):
        read_graph(net.build())


def test_a_loop_that_carries_another_number_of_values_is_refused() -> None:
    net = Net(1)
    source, target = net.source((1, 2)), net.result((1, 2))
    net.spec.op("WHILE", (source,), (target,), condition=1, body=1)
    net.spec.others.append(loops.condition(3, [(1, 2)]))
    with pytest.raises(BadModel, match="differ in what they carry"):
        read_graph(net.build())
