"""What a converter is given is plain: no labels, no ONNX-ML, Gemm in place of product and sum."""

from dataclasses import replace

import numpy as np
import pytest

from builds.sources.onnx.plain import array, constant, plain
from fleet.lib.errors import Refused
from registry.files.onnx.model import CLASSICAL, OnnxNode, OnnxValue
from tests.builds.sources.onnx import models, reference

X = np.random.default_rng(8).normal(8, 4, (1, 8)).astype(np.float32)


def test_a_perceptron_gives_its_probabilities_alone() -> None:
    made = plain(models.perceptron())
    assert [node.kind for node in made.nodes] == ["Sub", "Mul", "Gemm", "Relu", "Gemm", "Softmax"]
    assert [(v.name, v.shape) for v in made.outputs] == [("probabilities", (0, 3))]


def test_it_answers_as_before() -> None:
    whole = models.perceptron()
    body = replace(whole, nodes=whole.nodes[1:8])
    scaled = replace(whole.inputs[0], name="s")
    before = reference.values(replace(body, inputs=(scaled,)), (X - 8) * np.float32(0.25))
    after = reference.values(plain(whole), X)
    assert np.allclose(before["probabilities"], after["probabilities"], atol=1e-5)


def test_constants_that_operators_make_become_constants() -> None:
    value = constant("inside", np.array([1, 2, 3], np.float32))
    nodes = (
        OnnxNode("Constant", (), ("b",), {"value": value}),
        OnnxNode("Identity", ("x",), ("i",)),
        OnnxNode("Add", ("i", "b"), ("y",)),
    )
    made = plain(models.model(nodes, {}, shape=(0, 3)))
    assert [(node.kind, node.inputs) for node in made.nodes] == [("Add", ("x", "b"))]
    assert array(made.constants["b"]).tolist() == [1, 2, 3]


def test_a_product_of_more_than_rows_stays_one() -> None:
    nodes = (OnnxNode("MatMul", ("x", "w"), ("m",)), OnnxNode("Add", ("m", "b"), ("y",)))
    made = plain(
        models.model(nodes, {"w": models.drawn(3, 2), "b": models.drawn(2)}, shape=(0, 5, 3))
    )
    assert [node.kind for node in made.nodes] == ["MatMul", "Add"]


def test_labels_alone_are_refused() -> None:
    whole = models.perceptron()
    with pytest.raises(Refused, match="export it with its probabilities"):
        plain(replace(whole, outputs=(OnnxValue("label", "int64", (0,)),)))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("TreeEnsembleClassifier", "The operator TreeEnsembleClassifier of ONNX-ML is not read"),
        ("Scaler", "A Scaler of ONNX-ML has no offset"),
    ],
)
def test_what_is_not_read_of_classical_models_is_one_sentence(kind: str, sentence: str) -> None:
    node = OnnxNode(kind, ("x",), ("y",), domain=CLASSICAL)
    with pytest.raises(Refused, match=sentence):
        plain(models.model([node], {}, shape=(0, 8)))
