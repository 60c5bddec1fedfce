"""The ABI of a section of weights: what code and weights must agree on.

Graph, shapes and layout: operators with their options and the way they are joined, the shapes of
all tensors, the loops that the weights were laid out for, and the fields with their sizes. No name
of the model, no value, no place in memory: those may differ under one ABI.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common.lowered_op import Array, LoweredOp

# What the fields of a kernel mean. Raise it when a kernel reads its constants in another way, so
# that code in the field refuses weights that were laid out for the new one.
LAYOUT = 1

# Headers that have another name than when the first weights were laid out for them: an ABI keeps
# the old one, so that code in the field takes weights that are made today. A new header needs none.
FORMER_NAMES: Final[Mapping[str, str]] = {
    "argmax": "choose",
    "block4_dsp": "fours_dsp",
    "block4_mve": "fours_mve",
    "block4_portable": "fours_portable",
    "block4_thumb1": "fours_thumb1",
    "column_bytes": "conv_bytes",
    "column_types": "conv_types",
    "columns16": "wide_columns",
    "comparison": "compare",
    "depthwise16": "wide_depthwise",
    "div": "divide",
    "exponential": "softmax",
    "exponential_table": "softmax_table",
    "exponential_terms": "softmax_terms",
    "finish16": "wide_finish",
    "groups16": "wide_groups",
    "int16_dsp": "wide_dsp",
    "int16_mve": "wide_mve",
    "int16_portable": "wide_portable",
    "int16_taps_dsp": "wide_taps_dsp",
    "int16_taps_portable": "wide_taps_portable",
    "l2_normalization": "l2_norm",
    "leaky_relu16": "leaky16",
    "logical": "logical_not",
    "logistic16": "curve16",
    "lookup_table": "table",
    "middle_axes": "reduce_middle",
    "neg": "negate",
    "phase": "transpose_phase",
    "scale16": "scale_wide",
    "sliding": "depthwise_sliding",
    "unquantised": "plain",
}


def abi_of(graph: Graph, steps: Sequence[LoweredOp], fields: Sequence[Array]) -> bytes:
    """Give a SHA-256 over a canonical description."""
    numbers = _numbers(graph)
    document = {
        "layout": LAYOUT,
        "inputs": [_shape(tensor) for tensor in graph.inputs],
        "outputs": [_shape(tensor) for tensor in graph.outputs],
        "operators": [_operator(graph, op, numbers) for op in graph.ops],
        "loops": [[_former(name) for name in step.runtime] for step in steps],
        "fields": [[field.name, field.ctype, int(field.values.size)] for field in fields],
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _former(name: str) -> str:
    scope, mark, header = name.rpartition("::")
    return f"{scope}{mark}{FORMER_NAMES.get(header, header)}"


def _numbers(graph: Graph) -> dict[int, int]:
    """Number tensors as the operators meet them: a file may hold them in any order."""
    met = [tensor.index for tensor in graph.inputs]
    met += [index for op in graph.ops for index in (*op.inputs, *op.outputs) if index != ABSENT]
    return {index: number for number, index in enumerate(dict.fromkeys(met))}


def _operator(graph: Graph, op: Op, numbers: dict[int, int]) -> list[Any]:
    given = [graph.operand(op, position) for position in range(len(op.inputs))]
    made = [graph.tensor(index) for index in op.outputs]
    return [
        op.kind,
        dict(op.options),
        [numbers.get(index, ABSENT) for index in (*op.inputs, *op.outputs)],
        [_shape(tensor) if tensor else None for tensor in (*given, *made)],
    ]


def _shape(tensor: Tensor) -> list[Any]:
    return [tensor.dtype, list(tensor.shape), tensor.data is not None, tensor.variable]
