"""What the compiler does not take.

It refuses with one sentence that names the operator and the tensor.
"""

import numpy as np
import pytest

from builds.compiler import (
    BadModel,
    CompileError,
    DoesNotFit,
    Unsupported,
    check_ops,
    compile_model,
    read_graph,
)
from builds.compiler.operators.table import CONSTRAINTS, LOWERING_TABLE, MADE, REMOVED
from builds.targets.catalog import load_target
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Conv, Net, add_unary
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.operators.reductions.softmax import add_softmax

M4 = load_target("cortex-m4f")
HOST = load_target("linux-x86_64")


def refusal(net: Net) -> str:
    """Compile and give the sentence."""
    with pytest.raises(CompileError) as caught:
        compile_model(net.build(), M4)
    return str(caught.value)


def test_every_supported_operator_has_a_family_or_is_free() -> None:
    assert set(CONSTRAINTS) | MADE == set(LOWERING_TABLE) | REMOVED


def test_every_constraint_is_a_sentence() -> None:
    for rules in CONSTRAINTS.values():
        for rule in rules:
            assert rule.__doc__
            assert rule.__doc__.endswith(".")
            assert "\n" not in rule.__doc__


def test_an_unknown_operator_is_named_with_its_tensor() -> None:
    net = Net(1)
    add_unary(net, "SIGN", (1, 4))
    assert "SIGN (operator 0) that makes tensor 'tensor_0' is not supported" in refusal(net)


def test_float_weights_are_refused() -> None:
    net = Net(1)
    add_conv(net, Conv(4, 4, 2, 2, (1, 1)))
    weights = net.spec.tensors[1]
    weights.dtype, weights.data = "float32", np.zeros(weights.shape, np.float32)
    assert "Weights must be int8" in refusal(net)


def test_asymmetric_weights_are_refused() -> None:
    net = Net(1)
    add_conv(net, Conv(4, 4, 2, 2, (1, 1), per_channel=False))
    net.spec.tensors[1].zeros = (3,)
    assert "zero point 0" in refusal(net)


def test_a_softmax_with_another_scale_is_refused() -> None:
    net = Net(1)
    add_softmax(net, 1, 4)
    net.spec.tensors[1].scales = (0.5,)
    assert "scale 1/256" in refusal(net)


def test_a_wrong_output_shape_is_refused() -> None:
    net = Net(1)
    add_conv(net, Conv(4, 4, 2, 2, (1, 1)))
    net.spec.tensors[2].shape = (1, 3, 4, 2)
    assert "makes [1, 4, 4, 2]" in refusal(net)


def test_a_model_larger_than_the_target_is_refused_with_the_figures() -> None:
    net = Net(1)
    add_unary(net, "RELU", (1, 600, 600))
    with pytest.raises(DoesNotFit, match=r"arena of 3600\d\d bytes and cortex-m4f has 262144"):
        compile_model(net.build(), M4)
    compile_model(net.build(), HOST)


def test_an_output_that_nobody_computes_is_refused() -> None:
    net = Net(1)
    add_unary(net, "RELU", (1, 4))
    net.spec.outputs.append(net.spec.tensor(TensorSpec((1, 4), "int8", (0.1,), (0,))))
    with pytest.raises(BadModel, match="never computed"):
        read_graph(net.build())


def test_a_tensor_written_twice_is_refused() -> None:
    net = Net(1)
    add_unary(net, "RELU", (1, 4))
    net.spec.ops.append(net.spec.ops[0])
    with pytest.raises(BadModel, match="already has a value"):
        read_graph(net.build())


def test_check_ops_gives_one_sentence_for_each_operator() -> None:
    net = Net(1)
    add_unary(net, "SIN", (1, 4))
    add_unary(net, "RELU", (1, 4))
    add_unary(net, "COS", (1, 4))
    assert len(check_ops(read_graph(net.build()), M4)) == 2


def test_errors_are_one_tree() -> None:
    for kind in (BadModel, Unsupported, DoesNotFit):
        assert issubclass(kind, CompileError)


def real_dense(weights: str) -> Net:
    """A dense layer on real numbers, with weights of this type."""
    net = Net(1)
    add_dense(net, 1, 4, 3)
    source, matrix, bias = (net.spec.tensors[i] for i in net.spec.ops[0].inputs)
    for tensor in (source, net.spec.tensors[net.spec.outputs[0]], bias):
        tensor.dtype, tensor.scales, tensor.zeros = "float32", (), ()
    bias.data = np.zeros(3, np.float32)
    if weights == "float32":
        matrix.dtype, matrix.data = "float32", np.zeros(matrix.shape, np.float32)
    return net


def test_a_model_with_quantised_weights_only_is_told_how_to_be_exported() -> None:
    text = refusal(real_dense("int8"))
    assert "FULLY_CONNECTED (operator 0) that makes tensor" in text
    assert "only weights are quantised" in text
    assert "representative_dataset" in text
    assert "TFLITE_BUILTINS_INT8" in text
    assert "no optimizations to have all of it in float32" in text


def test_a_layer_of_real_numbers_must_have_finite_weights() -> None:
    net = real_dense("float32")
    weights = net.spec.tensors[net.spec.ops[0].inputs[1]].data
    assert weights is not None
    weights[0, 0] = np.inf
    assert "must be constant and finite" in refusal(net)


def test_a_mask_of_the_least_number_is_told_what_to_use() -> None:
    net = Net(1)
    add_unary(net, "RELU", (1, 4))
    net.spec.tensors[0].scales = (1.3e36,)
    assert "use -100" in refusal(net)


@pytest.mark.parametrize(
    ("scale", "sentence"),
    [
        (3.6e-43, "a layer that died in training"),
        (0.0, "a layer that died in training"),
        (float("inf"), "a layer that died in training"),
        (1e30, "masked, as in attention"),
    ],
)
def test_a_scale_that_no_number_has_is_explained(scale: float, sentence: str) -> None:
    net = Net(1)
    add_unary(net, "RELU", (1, 4))
    net.spec.tensors[1].scales = (scale,)
    assert sentence in refusal(net)
