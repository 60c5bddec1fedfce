"""Small ONNX models for tests, made with our own writer: their weights are drawn, never trained."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from builds.sources.onnx.plain import constant
from registry.files.onnx.model import CLASSICAL, OnnxModel, OnnxNode, OnnxValue

Array = np.ndarray[Any, np.dtype[Any]]


def model(
    nodes: Sequence[OnnxNode],
    constants: Mapping[str, Array],
    *,
    shape: tuple[int, ...] = (0, 1, 8, 8),
    output: str = "y",
    classes: int = 3,
    opsets: Mapping[str, int] | None = None,
) -> OnnxModel:
    """A model with one input and one output."""
    return OnnxModel(
        inputs=(OnnxValue("x", "float32", shape),),
        outputs=(OnnxValue(output, "float32", (0, classes)),),
        nodes=tuple(nodes),
        constants={name: constant(name, values) for name, values in constants.items()},
        opsets=dict(opsets or {"": 13}),
        producer="tests",
    )


def drawn(*shape: int, seed: int = 0, scale: float = 0.3) -> Array:
    """Weights of a shape."""
    return (np.random.default_rng(seed).normal(0, scale, shape)).astype(np.float32)


def network() -> OnnxModel:
    """Two convolutions, a pool, a flatten that has to turn its channels, and a softmax."""
    nodes = [
        OnnxNode("Conv", ("x", "w1", "b1"), ("c1",), {"pads": (1, 1, 1, 1)}),
        OnnxNode("Relu", ("c1",), ("r1",)),
        OnnxNode("Conv", ("r1", "w2", "b2"), ("c2",), {"pads": (1, 1, 1, 1), "group": 4}),
        OnnxNode("Relu", ("c2",), ("r2",)),
        OnnxNode("MaxPool", ("r2",), ("p",), {"kernel_shape": (2, 2), "strides": (2, 2)}),
        OnnxNode("Flatten", ("p",), ("f",), {"axis": 1}),
        OnnxNode("Gemm", ("f", "w3", "b3"), ("g",), {"transB": 1}),
        OnnxNode("Softmax", ("g",), ("y",), {"axis": 1}),
    ]
    weights = {
        "w1": drawn(4, 1, 3, 3), "b1": drawn(4, seed=1), "w2": drawn(4, 1, 3, 3, seed=2),
        "b2": drawn(4, seed=3), "w3": drawn(3, 64, seed=4), "b3": drawn(3, seed=5),
    }  # fmt: skip
    return model(nodes, weights)


def perceptron() -> OnnxModel:
    """What scikit-learn's exporters make of a scaler and a perceptron: labels and probabilities."""
    nodes = [
        OnnxNode(
            "Scaler", ("x",), ("s",),
            {"offset": (8.0,) * 8, "scale": (0.25,) * 8}, domain=CLASSICAL,
        ),
        OnnxNode("Cast", ("s",), ("cast",), {"to": 1}),
        OnnxNode("MatMul", ("cast", "w1"), ("m1",)),
        OnnxNode("Add", ("m1", "b1"), ("a1",)),
        OnnxNode("Relu", ("a1",), ("r1",)),
        OnnxNode("MatMul", ("r1", "w2"), ("m2",)),
        OnnxNode("Add", ("m2", "b2"), ("a2",)),
        OnnxNode("Softmax", ("a2",), ("probabilities",), {"axis": 1}),
        OnnxNode("ArgMax", ("probabilities",), ("best",), {"axis": 1}),
        OnnxNode("ArrayFeatureExtractor", ("classes", "best"), ("found",), domain=CLASSICAL),
        OnnxNode("Cast", ("found",), ("label",), {"to": 7}),
        OnnxNode("ZipMap", ("probabilities",), ("zipped",), domain=CLASSICAL),
    ]  # fmt: skip
    weights = {
        "w1": drawn(8, 12), "b1": drawn(1, 12, seed=1), "w2": drawn(12, 3, seed=2),
        "b2": drawn(1, 3, seed=3), "classes": np.arange(3, dtype=np.int32),
    }  # fmt: skip
    made = model(nodes, weights, shape=(0, 8), output="label", opsets={"": 13, CLASSICAL: 1})
    zipped = OnnxValue("zipped", "unknown", None)
    return OnnxModel(**{**vars(made), "outputs": (*made.outputs, zipped)})
