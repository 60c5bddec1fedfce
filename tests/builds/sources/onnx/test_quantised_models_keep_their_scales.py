"""A model that was quantised elsewhere is read into the compiler's graph, and stays what it was."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds.compiler import read_graph
from builds.sources.onnx.plain import array, constant
from builds.sources.onnx.quantised.read import RULES, as_tflite
from builds.sources.onnx.write import write
from fleet.lib.errors import Refused
from registry.files.onnx.model import OnnxConstant, OnnxModel, OnnxNode
from registry.files.onnx.outline import checked
from tests.builds.sources.onnx import models, reference
from tests.builds.sources.onnx.accuracy import answers
from tests.builds.sources.onnx.reference import Array, quantised

SAMPLES = np.random.default_rng(3).random((12, 1, 8, 8), np.float32)


def residual() -> OnnxModel:
    """A sum of two ways, and a mean over the image."""
    nodes = [
        OnnxNode("Conv", ("x", "w1", "b1"), ("c1",), {"pads": (1, 1, 1, 1)}),
        OnnxNode("Conv", ("c1", "w2", "b2"), ("c2",)),
        OnnxNode("Add", ("c1", "c2"), ("a",)),
        OnnxNode("Relu", ("a",), ("r",)),
        OnnxNode("GlobalAveragePool", ("r",), ("g",)),
        OnnxNode("Flatten", ("g",), ("f",)),
        OnnxNode("Gemm", ("f", "w3", "b3"), ("y",), {"transB": 1}),
    ]
    weights = {
        "w1": models.drawn(5, 1, 3, 3), "b1": models.drawn(5, seed=1),
        "w2": models.drawn(5, 5, 1, 1, seed=2), "b2": models.drawn(5, seed=3),
        "w3": models.drawn(3, 5, seed=4), "b3": models.drawn(3, seed=5),
    }  # fmt: skip
    return models.model(nodes, weights)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("make", [models.network, residual])
def test_it_answers_as_its_file_says_within_a_step(make: object, dtype: str) -> None:
    made = quantised(make(), SAMPLES, dtype)  # type: ignore[operator]
    tflite = as_tflite(made)
    graph = read_graph(tflite)
    wanted = [reference.values(made, x[None])[made.outputs[0].name] for x in SAMPLES]
    apart = answers(tflite, np.moveaxis(SAMPLES, 1, -1)) - np.concatenate(wanted)
    step = max(graph.outputs[0].scale, array(made.constants["y/scale"]).max())
    assert np.abs(apart).max() <= 1.01 * step


def test_weights_and_scales_are_the_files_own() -> None:
    made = quantised(models.network(), SAMPLES)
    graph = read_graph(as_tflite(made))
    conv = graph.ops[0]
    assert conv.kind == "CONV_2D"
    weights = graph.tensor(conv.inputs[1])
    theirs = array(made.constants["w1/q"])
    assert np.array_equal(weights.array(), np.moveaxis(theirs, 1, -1))
    assert np.allclose(weights.scales, array(made.constants["w1/scale"]), rtol=0)
    assert graph.inputs[0].scale == array(made.constants["x/scale"])
    assert np.array_equal(graph.tensor(conv.inputs[2]).array(), array(made.constants["b1/q"]))


def test_an_image_is_channel_last_and_no_turn_is_left() -> None:
    graph = read_graph(as_tflite(quantised(models.network(), SAMPLES)))
    assert graph.inputs[0].shape == (1, 8, 8, 1)
    assert "TRANSPOSE" not in {op.kind for op in graph.ops}


def test_an_answer_of_probabilities_keeps_the_kernels_scale() -> None:
    graph = read_graph(as_tflite(quantised(models.network(), SAMPLES)))
    assert (graph.outputs[0].scale, graph.outputs[0].zero_point) == (1 / 256, -128)


def test_equal_files_give_equal_models() -> None:
    made = quantised(models.network(), SAMPLES)
    assert as_tflite(made) == as_tflite(made)


WHOLE = write(quantised(models.network(), SAMPLES))


@settings(max_examples=60)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_byte_that_was_changed_is_a_model_or_one_sentence(place: int, by: int) -> None:
    data = bytearray(WHOLE)
    data[place] ^= by
    with suppress(Refused):
        assert as_tflite(checked(bytes(data)))[4:8] == b"TFL3"


@given(st.data())
def test_operators_that_were_changed_are_a_model_or_one_sentence(data: st.DataObject) -> None:
    made = quantised(models.network(), SAMPLES)
    names = sorted({*made.constants, *(name for node in made.nodes for name in node.outputs)})
    nodes = list(made.nodes)
    at = data.draw(st.integers(0, len(nodes) - 1))
    inputs = data.draw(st.lists(st.sampled_from(names), max_size=4))
    kind = data.draw(st.sampled_from(sorted(RULES)))
    sizes = st.lists(st.integers(-3, 70), max_size=5).map(tuple)
    words = ["pads", "strides", "kernel_shape", "axis", "axes", "perm", "group"]
    given_ = data.draw(st.dictionaries(st.sampled_from(words), sizes | st.integers(-3, 9)))
    nodes[at] = replace(nodes[at], kind=kind, inputs=tuple(inputs), attributes=given_)
    with suppress(Refused):
        tflite = as_tflite(replace(made, nodes=tuple(nodes)))
        assert b"TFL3" in tflite[:8]


def without(model: OnnxModel, name: str) -> OnnxModel:
    """The model with one value that nobody quantises."""
    nodes = [
        replace(node, inputs=tuple(n.replace(f"{name}/r", name) for n in node.inputs))
        for node in model.nodes
        if not node.outputs[0].startswith(f"{name}/")
    ]
    return replace(model, nodes=tuple(nodes))


def with_constant(model: OnnxModel, name: str, numbers: Array) -> OnnxModel:
    held: OnnxConstant = constant(name, numbers)
    return replace(model, constants={**model.constants, name: held})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: without(m, "g"), "Gemm .* gives a value that the file does not quantise"),
        (lambda m: without(m, "x"), "The input x is not quantised"),
        (
            lambda m: with_constant(m, "w1/zero", np.full(4, 3, np.int8)),
            "has weights with a zero point; quantise them symmetrically",
        ),
        (
            lambda m: with_constant(m, "x/scale", np.asarray(-1, np.float32)),
            "has a scale that is not a positive number",
        ),
        (
            lambda m: with_constant(m, "x/zero", np.asarray(0, np.int16)),
            "quantises a value to int16",
        ),
        (
            lambda m: replace(
                m, nodes=tuple(replace(n, kind="Elu") if n.kind == "Relu" else n for n in m.nodes)
            ),
            "The operator Elu .* is not read in a quantised ONNX model",
        ),
    ],
)
def test_what_is_not_read_is_one_sentence(change: object, sentence: str) -> None:
    made = quantised(models.network(), SAMPLES)
    with pytest.raises(Refused, match=sentence):
        as_tflite(change(made))  # type: ignore[operator]
