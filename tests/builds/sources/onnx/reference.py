"""What an ONNX model answers by the words of its standard, in plain numpy; and the pairs that a
quantiser would put into a float model, with scales from samples.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from builds.sources.onnx.plain import array, constant
from registry.files.onnx.model import OnnxModel, OnnxNode

Array = np.ndarray[Any, np.dtype[Any]]


def values(model: OnnxModel, x: Array) -> dict[str, Array]:
    """Every value of the model for one sample, which has its batch."""
    found = {name: array(held) for name, held in model.constants.items()}
    found[model.inputs[0].name] = x
    for node in model.nodes:
        given = [found[name] for name in node.inputs if name]
        found[node.outputs[0]] = OPERATORS[node.kind](node, *given)
    return found


def _conv(node: OnnxNode, x: Array, w: Array, b: Array) -> Array:
    given: dict[str, Any] = dict(node.attributes)
    before, _, behind, _ = tuple(given.get("pads", (0, 0, 0, 0)))
    groups = int(given.get("group", 1))
    wide = np.pad(x, ((0, 0), (0, 0), (before, behind), (before, behind)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, w.shape[2:], (2, 3))
    apart = windows.reshape(1, groups, -1, *windows.shape[2:])
    kernels = w.reshape(groups, -1, *w.shape[1:])
    sums = np.einsum("ngchwij,gocij->ngohw", apart, kernels, dtype=np.float64)
    return np.asarray(sums.reshape(1, -1, *sums.shape[3:]) + b.reshape(1, -1, 1, 1), np.float32)


def _pool(node: OnnxNode, x: Array) -> Array:
    del node
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), (2, 3))[:, :, ::2, ::2]
    return np.asarray(windows.max((4, 5)))


def _gemm(node: OnnxNode, x: Array, w: Array, b: Array) -> Array:
    return np.asarray(x @ (w.T if node.attributes.get("transB") else w) + b, np.float32)


def _softmax(node: OnnxNode, x: Array) -> Array:
    del node
    powers = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def _spread(node: OnnxNode, numbers: Array, rank: int) -> Array:
    shape = [1] * rank
    if numbers.size > 1:
        shape[int(node.attributes.get("axis", 1))] = numbers.size  # type: ignore[arg-type]
    return numbers.reshape(shape)


def _quantise(node: OnnxNode, x: Array, step: Array, zero: Array) -> Array:
    limits = np.iinfo(zero.dtype)
    rounded = np.rint(x / _spread(node, step, x.ndim)) + _spread(node, zero.astype(int), x.ndim)
    return np.asarray(np.clip(rounded, limits.min, limits.max), zero.dtype)


def _real(node: OnnxNode, q: Array, step: Array, zero: Array) -> Array:
    apart = q.astype(np.int64) - _spread(node, zero.astype(np.int64), q.ndim)
    return (apart * _spread(node, step, q.ndim)).astype(np.float32)


OPERATORS: dict[str, Callable[..., Array]] = {
    "Add": lambda node, a, b: a + b,
    "Cast": lambda node, x: x,
    "Conv": _conv,
    "DequantizeLinear": _real,
    "Flatten": lambda node, x: x.reshape(1, -1),
    "Gemm": _gemm,
    "GlobalAveragePool": lambda node, x: x.mean((2, 3), keepdims=True),
    "Mul": lambda node, a, b: a * b,
    "Sub": lambda node, a, b: a - b,
    "MatMul": lambda node, a, b: a @ b,
    "MaxPool": _pool,
    "QuantizeLinear": _quantise,
    "Relu": lambda node, x: np.maximum(x, 0),
    "Softmax": _softmax,
}


def quantised(model: OnnxModel, samples: Array, dtype: str = "int8") -> OnnxModel:
    """The model with pairs: activations by least and most, weights by channel, biases in int32."""
    seen = [values(model, sample[None]) for sample in samples]
    constants = dict(model.constants)
    nodes: list[OnnxNode] = []
    activations = [model.inputs[0].name, *(node.outputs[0] for node in model.nodes)]
    steps = {name: _range([v[name] for v in seen], dtype) for name in activations}

    def keep(name: str, numbers: Array) -> str:
        constants[name] = constant(name, numbers)
        return name

    def pair(name: str) -> None:
        step, zero = steps[name]
        scale = keep(f"{name}/scale", np.asarray(step, np.float32))
        point = keep(f"{name}/zero", np.asarray(zero, dtype))
        nodes.append(OnnxNode("QuantizeLinear", (name, scale, point), (f"{name}/q",)))
        nodes.append(OnnxNode("DequantizeLinear", (f"{name}/q", scale, point), (f"{name}/r",)))

    def weight(node: OnnxNode) -> str:
        name, real = node.inputs[1], array(model.constants[node.inputs[1]])
        step = np.abs(real.reshape(len(real), -1)).max(1).astype(np.float32) / np.float32(127)
        shape = (-1, *[1] * (real.ndim - 1))
        numbers = np.rint(real / step.reshape(shape)).astype(np.int8)
        given = (
            keep(f"{name}/q", numbers), keep(f"{name}/scale", step),
            keep(f"{name}/zero", np.zeros(len(real), np.int8)),
        )  # fmt: skip
        nodes.append(OnnxNode("DequantizeLinear", given, (f"{name}/r",), {"axis": 0}))
        bias = node.inputs[2]
        products = step * np.float32(steps[node.inputs[0]][0])
        numbers = np.rint(array(model.constants[bias]) / products).astype(np.int32)
        given = (
            keep(f"{bias}/q", numbers), keep(f"{bias}/scale", products),
            keep(f"{bias}/zero", np.zeros(len(real), np.int32)),
        )  # fmt: skip
        nodes.append(OnnxNode("DequantizeLinear", given, (f"{bias}/r",), {"axis": 0}))
        return name

    pair(model.inputs[0].name)
    for node in model.nodes:
        if len(node.inputs) > 2:
            weight(node)
        inputs = tuple(f"{name}/r" for name in node.inputs)
        nodes.append(OnnxNode(node.kind, inputs, node.outputs, node.attributes))
        pair(node.outputs[0])
    outputs = tuple(type(v)(f"{v.name}/r", v.dtype, v.shape) for v in model.outputs)
    kept = {n: held for n, held in constants.items() if n not in model.constants}
    return OnnxModel(model.inputs, outputs, tuple(nodes), kept, model.opsets, model.producer)


def _range(seen: list[Array], dtype: str) -> tuple[float, int]:
    low, high = min(0.0, *(float(v.min()) for v in seen)), max(0.0, *(float(v.max()) for v in seen))
    step = (high - low) / 255 or 1.0
    return step, int(np.iinfo(dtype).min) + round(-low / step)
