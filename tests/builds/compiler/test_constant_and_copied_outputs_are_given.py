"""Outputs that no operator computes: constants, views of an input, the input itself."""

import numpy as np
import pytest

from builds.compiler import BadModel, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal, proved

TARGETS = ["cortex-m4f", "cortex-m0plus", "rv32imc"]
VALUES = {
    "float32": [1.5, -2.25, float("inf"), -0.0],
    "int16": [-32768, 7, 0, 32767],
    "int32": [-(1 << 31), 5, 0, (1 << 31) - 1],
    "int8": [-128, 127, 0, 3],
    "uint8": [0, 255, 7, 128],
}


def with_constant(dtype: str, *, twice: bool = False) -> tuple[bytes, bytes]:
    """Make a network with a constant output beside a computed one; give the constant as well."""
    net = Net(1)
    source = net.source((1, 4), scale=0.1, zero=0)
    net.spec.op("RELU", (source,), (net.result((1, 4), scale=0.2, zero=0),))
    values = np.array(VALUES[dtype]).astype(dtype).reshape(1, 4)
    constant = net.spec.constant(values)
    net.spec.outputs += [constant, constant] if twice else [constant]
    return net.build(), values.tobytes()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", sorted(VALUES))
def test_a_constant_output_has_the_constants_bytes(dtype: str, target: str) -> None:
    model, expected = with_constant(dtype)
    proof = proved(model, target)
    assert proof.equal, proof.first_difference
    assert {output[4:] for _, output in proof.golden} == {expected}


def test_a_constant_may_be_an_output_twice() -> None:
    model, expected = with_constant("int8", twice=True)
    proof = proved(model, "cortex-m4f")
    assert proof.equal, proof.first_difference
    assert {output[4:] for _, output in proof.golden} == {expected * 2}


@pytest.mark.parametrize("target", TARGETS)
def test_a_lone_reshape_copies_its_input(target: str) -> None:
    net = Net(1)
    source = net.source((2, 6), scale=0.1, zero=3)
    operands = (source, net.integers([3, 4]))
    net.spec.op("RESHAPE", operands, (net.result((3, 4), scale=0.1, zero=3),))
    proof = proved(net.build(), target)
    assert proof.equal, proof.first_difference
    assert all(given == made for given, made in proof.golden)


def test_an_output_may_be_the_input() -> None:
    net = Net(1)
    source = net.source((1, 6), scale=0.1, zero=3)
    net.spec.op("RELU", (source,), (net.result((1, 6)),))
    net.spec.outputs.append(source)
    assert_equal(net.build(), "cortex-m4f")


def test_a_graph_without_operators_gives_what_it_gets() -> None:
    net = Net(1)
    net.spec.outputs.append(net.source((1, 6), scale=0.1, zero=3))
    proof = proved(net.build(), "cortex-m4f")
    assert proof.engines["host"], proof.reasons
    assert proof.equal, proof.first_difference
    assert all(given == made for given, made in proof.golden)


def test_a_graph_without_outputs_is_refused() -> None:
    net = Net(1)
    net.source((1, 6))
    with pytest.raises(BadModel, match="no inputs or no outputs"):
        compile_model(net.build(), load_target("cortex-m4f"))
