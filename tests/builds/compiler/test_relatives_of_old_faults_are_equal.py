"""Random relatives of faults that were found from outside: equal, or refused in a sentence."""

import numpy as np
import pytest

from builds.compiler import Unsupported, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal
from tests.builds.compiler.relatives import KINDS, run

TARGETS = ["cortex-m4f", "cortex-m0plus"]


@pytest.mark.parametrize("kind", KINDS)
def test_relatives_are_equal_or_refused(kind: str) -> None:
    ended = run([kind], 10, 77, "linux-x86_64")[kind]
    assert set(ended) <= {"equal", "refused", "not in TFLM"}
    assert ended["equal"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_reshape_to_no_dimension_is_equal(target: str) -> None:
    net = Net(1)
    source = net.source((1, 1), scale=0.1, zero=3)
    nothing = net.spec.constant(np.zeros((0,), np.int32))
    point = net.spec.activation((), 0.1, 3)
    net.spec.op("RESHAPE", (source, nothing), (point,))
    net.spec.op("RELU", (point,), (net.result(()),))
    assert_equal(net.build(), target)


@pytest.mark.parametrize("target", TARGETS)
def test_an_svdf_without_an_activation_is_equal(target: str) -> None:
    net = Net(2)
    source, target_tensor = net.source((1, 5), scale=0.1), net.result((1, 4), scale=0.5)
    feature = net.weights((4, 5), axis=None)
    time = net.spec.constant(
        net.dice.integers(-99, 99, (4, 3)).astype(np.int8), scales=(0.01,), zeros=(0,)
    )
    bias = net.spec.constant(np.arange(4, dtype=np.int32), scales=(0.004,), zeros=(0,))
    state = net.spec.tensor(TensorSpec((1, 12), "int8", (0.4,), (5,), variable=True))
    operands = (source, feature, time, bias, state)
    net.spec.op("SVDF", operands, (target_tensor,), rank=1, activation=0)
    assert_equal(net.build(), target, vectors=8)


def test_integers_that_cannot_be_converted_are_not_called_real() -> None:
    net = Net(3)
    tensors = [net.spec.tensor(TensorSpec((1, 4), "int32", (s,), (0,))) for s in (0.1, 0.2)]
    net.spec.inputs, net.spec.outputs = tensors[:1], tensors[1:]
    net.spec.op("QUANTIZE", tensors[:1], tensors[1:])
    with pytest.raises(Unsupported, match=r"QUANTIZE \(operator 0\) .*: From float32 or int32"):
        compile_model(net.build(), load_target("cortex-m4f"))
