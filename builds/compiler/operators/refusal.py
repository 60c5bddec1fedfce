"""Which operators the compiler takes, and why it refuses one.

Guarantee: an operator that passes its constraints lowers without surprise; everything else gets one
sentence.
"""

from collections.abc import Mapping
from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, short
from builds.compiler.operators.functions.reals import REALS
from builds.compiler.operators.table import CONSTRAINTS, MADE, OPDEFS
from builds.targets.spec import Target


def check_ops(graph: Graph, target: Target) -> list[str]:
    """Give one sentence for each operator that cannot be compiled; none when all can."""
    refused = [(op, refusal(op, graph)) for op in graph.ops]
    real = _is_real(graph)
    return [_not_quantised(op, graph) if real else text for op, text in refused if text]


def _is_real(graph: Graph) -> bool:
    """Tell whether nothing that the model computes is quantised."""
    made = {t.index for t in graph.inputs} | {i for op in graph.ops for i in op.outputs}
    types = {graph.tensor(i).dtype for i in made}
    return "float32" in types and types.isdisjoint(("int8", "int16", "uint8"))


def _not_quantised(op: Op, graph: Graph) -> str:
    weights = any(t.data is not None and t.dtype == "int8" for t in graph.tensors)
    what = "only weights are quantised" if weights else "nothing is quantised"
    where = f"{op.label}{_subject(op, graph)}"
    return f"{where}: {what}, and activations are float32; {_EXPORT}."


def refusal(op: Op, graph: Graph) -> str:
    """Give the sentence that says why an operator cannot be compiled; empty when it can."""
    rules = () if op.kind in MADE else CONSTRAINTS.get(op.kind)
    where = f"{op.label}{_subject(op, graph)}"
    if rules is None:
        return f"{where} is not supported; {WAYS_OUT.get(op.kind, _WAY_OUT)}."
    broken = next((rule for rule in rules if not rule(op, graph)), None)
    if broken and op.kind in REALS and graph.tensor(op.inputs[0]).dtype == "float32":
        return f"{where} is computed in float32; {_BETWEEN_TWO}."
    return f"{where}: {broken.__doc__}" if broken else ""


_EXPORT = (
    "give the converter optimizations = [tf.lite.Optimize.DEFAULT], a representative_dataset and "
    "target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]"
)
_BETWEEN = "only one between DEQUANTIZE and QUANTIZE is; join or move its result behind a layer"
_BETWEEN_TWO = (
    "it can be a table between one DEQUANTIZE and one QUANTIZE, if nobody else reads what lies "
    "between and it has an answer to every value; join or move its result behind a layer"
)
_WAY_OUT = "the manual lists the operators that are; write it with those, or keep it off the device"
WAYS_OUT: Final[Mapping[str, str]] = {
    "ADD_N": "write it as sums of two",
    "CUSTOM": "an operator of the framework's own; convert with builtin operators only",
    **dict.fromkeys(("CEIL", "COS", "FLOOR", "POW", "ROUND", "SIN", "SQUARE"), _BETWEEN),
    **dict.fromkeys(("FLOOR_DIV", "FLOOR_MOD"), "divide, and round where the output is read"),
    "IF": "both ways must be one graph; choose before the model, or with a product by 0 or 1",
    "LOCAL_RESPONSE_NORMALIZATION": "TFLM has none; train with batch normalisation",
    "ONE_HOT": "gather rows of an identity matrix",
    "REDUCE_PROD": "multiply the slices",
    "SIGN": "compare with zero, and choose with tf.where",
    "CONV_3D": "TFLM has none; use two dimensions at a time",
    "TOPK_V2": "TFLM has none; take the largest where the output is read",
    "WHILE": "a loop inside a loop must be unrolled before export",
}
"""What to do instead of an operator that is not supported."""


def _subject(op: Op, graph: Graph) -> str:
    named = [*op.outputs[:1], *(i for i in op.inputs[:1] if i != ABSENT)]
    return f" that makes tensor {short(graph.tensor(named[0]).name)!r}" if named else ""


def wrong_shape(op: Op, graph: Graph) -> str | None:
    """Say what is wrong with the shape of an operator's result; None when nothing is."""
    if len(op.outputs) != 1 or not op.inputs or ABSENT in op.inputs[:1]:
        return None
    target = graph.tensor(op.outputs[0])
    inputs = [graph.tensor(i) for i in op.inputs if i != ABSENT]
    rule = OPDEFS[op.kind].shape.of if op.kind in OPDEFS else None
    shape = rule(op, inputs, target) if rule else None
    if shape is None or (1,) * (len(target.shape) - len(shape)) + shape == target.shape:
        return None
    return (
        f"{op.label} makes {list(shape)} of {[list(t.shape) for t in inputs]}, "
        f"and its output has the shape {list(target.shape)}"
    )
