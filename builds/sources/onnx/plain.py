"""An ONNX model made plain before a converter or our own reader sees it.

What is rewritten, and why:
* constants that operators make become constants of the file;
* the label that scikit-learn's exporters add (ArgMax, ArrayFeatureExtractor, ZipMap) is cut off:
  a device gives probabilities, and no engine here runs the operators that look names up;
* a product with a constant matrix and a sum with a constant row become one Gemm: as a product of
  two activations it would be neither fast nor, in LiteRT, right;
* scikit-learn's StandardScaler becomes a difference and a product;
* identities, dropouts and casts from float32 to itself go.

Guarantees: what is left computes the same reals up to rounding. Raises Refused with one sentence
for operators of ONNX-ML that cannot be rewritten so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fleet.lib.errors import Refused
from registry.files.onnx.model import CLASSICAL, OnnxConstant, OnnxModel, OnnxNode

LABELS: Final = frozenset({"ArgMax", "ArrayFeatureExtractor", "LabelEncoder", "ZipMap"})
NOTHING: Final = frozenset({"Identity", "Dropout"})
FLOAT: Final = 1  # the number of float32 among ONNX's types
SAME_RANK: Final = frozenset(
    {
        "Add",
        "Clip",
        "Identity",
        "LeakyRelu",
        "Mul",
        "Relu",
        "Scaler",
        "Sigmoid",
        "Softmax",
        "Sub",
        "Tanh",
    }
)
# What reading an operator meets that lacks an operand, or has one of another shape.
ODD: Final = (ArithmeticError, IndexError, KeyError, TypeError, ValueError)
Array = NDArray[Any]


def plain(model: OnnxModel) -> OnnxModel:
    """The model with every rewrite done. Raises Refused."""
    for step in STEPS:
        try:
            model = step(model)
        except ODD as error:
            raise Refused("The model has operators that are not as ONNX describes them.") from error
    if odd := [node for node in model.nodes if node.domain == CLASSICAL]:
        raise Refused(f"The operator {odd[0].kind} of ONNX-ML is not read.", code="not_read")
    return model


def array(constant: OnnxConstant) -> Array:
    """A constant as an array of its shape."""
    dtype = np.dtype(constant.dtype).newbyteorder("<")
    return np.frombuffer(constant.data, dtype).reshape(constant.shape)


def constant(name: str, values: Array) -> OnnxConstant:
    """An array as a constant."""
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    return OnnxConstant(name, values.dtype.name, values.shape, little.tobytes())


def _constants(model: OnnxModel) -> OnnxModel:
    found = dict(model.constants)
    nodes = []
    for node in model.nodes:
        value = node.attributes.get("value")
        if node.kind == "Constant" and isinstance(value, OnnxConstant):
            found[node.outputs[0]] = replace(value, name=node.outputs[0])
        else:
            nodes.append(node)
    return replace(model, nodes=tuple(nodes), constants=found)


def _without_labels(model: OnnxModel) -> OnnxModel:
    if not any(node.domain == CLASSICAL for node in model.nodes):
        return model
    makers = {name: node for node in model.nodes for name in node.outputs}
    kept = []
    for output in model.outputs:
        maker = makers.get(output.name)
        if maker is not None and maker.kind == "ZipMap":
            name = maker.inputs[0]
            shape = (0, width) if (width := _width(name, makers, model)) else None
            kept.append(replace(output, name=name, dtype="float32", shape=shape))
        elif not _looked_up(maker, makers):
            kept.append(output)
    if not kept:
        raise Refused("The ONNX model gives labels alone; export it with its probabilities.")
    return _reached(replace(model, outputs=tuple(kept)))


def _width(name: str, makers: Mapping[str, OnnxNode], model: OnnxModel) -> int:
    """How many numbers a row of scikit-learn's probabilities has; 0 where it is not known."""
    node = makers.get(name)
    while node is not None:
        if node.kind == "Concat":
            return len(node.inputs)  # a yes and its no
        if node.kind in {"Gemm", "MatMul"} and node.inputs[1] in model.constants:
            sizes = model.constants[node.inputs[1]].shape
            return sizes[0 if node.attributes.get("transB", 0) else -1] if sizes else 0
        node = next((makers[given] for given in node.inputs if given in makers), None)
    return 0


def _looked_up(node: OnnxNode | None, makers: Mapping[str, OnnxNode]) -> bool:
    """Whether a value is a name that was looked up."""
    while node is not None and node.kind in {"Cast", "Reshape", *LABELS}:
        if node.kind in LABELS:
            return True
        node = makers.get(node.inputs[0])
    return False


def _reached(model: OnnxModel) -> OnnxModel:
    """What the outputs depend on, and no more."""
    wanted = {value.name for value in model.outputs}
    nodes = []
    for node in reversed(model.nodes):
        if wanted & set(node.outputs):
            nodes.append(node)
            wanted.update(node.inputs)
    constants = {name: value for name, value in model.constants.items() if name in wanted}
    return replace(model, nodes=tuple(reversed(nodes)), constants=constants)


def _without_nothing(model: OnnxModel) -> OnnxModel:
    outputs = {value.name for value in model.outputs}
    renamed: dict[str, str] = {}
    dtypes = {value.name: value.dtype for value in model.inputs}
    nodes = []
    for node in model.nodes:
        inputs = tuple(renamed.get(name, name) for name in node.inputs)
        cast = node.kind == "Cast" and node.attributes.get("to") == FLOAT
        idle = node.kind in NOTHING or (cast and dtypes.get(inputs[0]) == "float32")
        if idle and node.outputs[0] not in outputs:
            renamed[node.outputs[0]] = inputs[0]
        else:
            nodes.append(replace(node, inputs=inputs))
        real = node.kind == "Scaler" or node.kind in SAME_RANK | {"Gemm", "MatMul", *NOTHING}
        if idle or real:
            dtypes[node.outputs[0]] = (
                "float32" if node.kind == "Scaler" else dtypes.get(inputs[0], "")
            )
    return replace(model, nodes=tuple(nodes))


def ranks(model: OnnxModel) -> dict[str, int]:
    """The number of dimensions of each value, where that is sure."""
    found = {v.name: len(v.shape) for v in (*model.inputs, *model.known.values()) if v.shape}
    for node in model.nodes:
        first = found.get(node.inputs[0]) if node.inputs else None
        if node.kind in {"Gemm", "Flatten"}:
            found[node.outputs[0]] = 2
        elif first and (node.kind in SAME_RANK or _weighted(node, model)):
            found[node.outputs[0]] = first
    return found


def _weighted(node: OnnxNode, model: OnnxModel) -> bool:
    matrix = model.constants.get(node.inputs[1]) if node.kind == "MatMul" else None
    return matrix is not None and len(matrix.shape) == 2


def _gemm(model: OnnxModel) -> OnnxModel:
    known, kept = ranks(model), {value.name for value in model.outputs}
    made: dict[str, OnnxNode] = {}
    gone: set[str] = set()
    for node in model.nodes:
        if not _weighted(node, model) or known.get(node.inputs[0]) != 2:
            continue
        (product,) = node.outputs
        readers = model.consumers(product)
        row = _row(readers[0], product, model) if len(readers) == 1 else None
        if row and product not in kept:
            made[readers[0].outputs[0]] = replace(
                node, kind="Gemm", inputs=(*node.inputs, row), outputs=readers[0].outputs
            )
            gone.add(product)
        else:
            made[product] = replace(node, kind="Gemm")
    nodes = [made.get(node.outputs[0], node) for node in model.nodes if node.outputs[0] not in gone]
    return replace(model, nodes=tuple(nodes))


def _row(node: OnnxNode, product: str, model: OnnxModel) -> str | None:
    """The constant row that a sum adds to a product."""
    if node.kind != "Add":
        return None
    (other,) = [name for name in node.inputs if name != product] or [product]
    row = model.constants.get(other)
    flat = row is not None and row.elements == (row.shape or (0,))[-1]
    return other if flat and row is not None and len(row.shape) <= 2 else None


def _scaler(model: OnnxModel) -> OnnxModel:
    """A difference and a product. Inside the layer behind it, inputs that hardly vary would make
    weights so uneven that eight bits cannot tell the others apart.
    """
    constants, nodes = dict(model.constants), []
    for node in model.nodes:
        if node.kind != "Scaler" or node.domain != CLASSICAL:
            nodes.append(node)
            continue
        (source,), (name,) = node.inputs, node.outputs
        moved, by, factor = f"{name}/moved", f"{name}/offset", f"{name}/scale"
        constants[by] = constant(by, _reals(node, "offset"))
        constants[factor] = constant(factor, _reals(node, "scale"))
        nodes.append(OnnxNode("Sub", (source, by), (moved,), name=node.name))
        nodes.append(OnnxNode("Mul", (moved, factor), (name,), name=node.name))
    return replace(model, nodes=tuple(nodes), constants=constants)


def _reals(node: OnnxNode, name: str) -> Array:
    values = np.asarray(node.attributes.get(name, ()), np.float32)
    if values.ndim != 1 or not values.size:
        raise Refused(f"A Scaler of ONNX-ML has no {name}.")
    return values


STEPS: Final[Sequence[Callable[[OnnxModel], OnnxModel]]] = (
    _constants,
    _without_labels,
    _without_nothing,
    _gemm,
    _scaler,
)
