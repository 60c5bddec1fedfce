"""Which operators the compiler takes, and what it asks of each.

The table behind errors and the manual's page.

Guarantee: an operator that passes its constraints lowers without surprise; everything else gets one
sentence.
"""

from collections.abc import Callable, Mapping
from typing import Final

from builds.compiler.constraints import choose as k
from builds.compiler.constraints import common as c
from builds.compiler.constraints import mask as w
from builds.compiler.constraints import math as x
from builds.compiler.constraints import move as m
from builds.compiler.constraints import rearrange as g
from builds.compiler.constraints import recurrent as r
from builds.compiler.constraints import state as s
from builds.compiler.graph import ABSENT, CONSTANT, Graph, Op, short
from builds.compiler.read.fold_reals import REALS
from builds.targets.spec import Target

Constraint = Callable[[Op, Graph], bool]

_ACTIVATION = (c.first_input_is_computed, c.activations_are_int8, c.activations_have_one_scale)
_INTEGERS = (c.first_input_is_computed, c.activations_are_integers, c.activations_have_one_scale)
_WEIGHTS = (
    c.weights_are_constant,
    c.weights_are_int8,
    c.weights_are_symmetric,
    c.scales_are_per_filter,
    c.bias_is_int32,
    c.activation_is_known,
)
_POOL = (
    c.one_input,
    *_INTEGERS,
    c.window_is_bounded,
    c.tensors_are_images,
    c.channels_are_kept,
    c.scale_is_kept,
    c.activation_is_known,
)
_RELU = (c.one_input, *_INTEGERS, c.shape_is_kept)
_SHAPE = (c.one_or_two_inputs, c.elements_are_kept)
_REDUCE = (c.two_inputs, *_INTEGERS, c.axes_are_constant, c.output_is_reduced, c.sum_is_bounded)
_PAD = (
    c.two_or_three_inputs,
    *_INTEGERS,
    c.paddings_are_constant,
    c.output_is_padded,
    c.pad_value_is_constant,
)

_OPERANDS = (c.two_inputs, c.an_operand_is_computed, c.shapes_broadcast, c.activation_is_known)
_BINARY = (*_OPERANDS, c.operands_are_int8)
_FUNCTION = (c.one_input, *_ACTIVATION, c.shape_is_kept)
_TABLE = (*_FUNCTION, x.scales_are_moderate)
_WIDE_FUNCTION = (c.one_input, *_INTEGERS, c.shape_is_kept)
_CURVE = (*_WIDE_FUNCTION, x.curve_scale_is_moderate, x.curve_output_is_fixed)
_EXTREME = (*_OPERANDS, w.operands_are_integers_or_plain)
_EXTREME_OF_AXES = (
    c.two_inputs,
    *_ACTIVATION,
    c.axes_are_constant,
    c.output_is_reduced,
    c.scale_is_kept,
)
_OF_BOOLS = (c.two_inputs, w.bools_are_reduced, c.axes_are_constant, c.output_is_reduced)
_PLACE = (
    c.two_inputs,
    k.places_are_int32,
    c.axis_is_constant,
    k.places_fit_the_input,
)
_REARRANGED = (c.two_inputs, g.source_keeps_its_type)
_BATCHES = (g.has_three_operands, g.source_keeps_its_type, g.blocks_fit, g.moves_are_few)
_COMPARED = (
    c.two_inputs,
    c.an_operand_is_computed,
    w.operands_are_comparable,
    w.compared_scales_are_small,
    w.comparisons_broadcast,
)
_LOGICAL = (
    c.two_inputs,
    c.an_operand_is_computed,
    w.operands_are_bool,
    w.comparisons_broadcast,
)
_CHOICE = (
    w.has_a_condition_and_operands,
    w.condition_is_bool,
    w.choices_are_one_type,
    w.choices_have_one_scale,
    w.choices_fit,
)
_VARIABLE = (s.variable_has_one_type, s.variable_has_one_scale)

CONSTRAINTS: Final[Mapping[str, tuple[Constraint, ...]]] = {
    "ABS": _TABLE,
    "ADD": (*_OPERANDS, w.operands_are_integers_or_plain, x.sums_keep_their_range),
    "ARG_MAX": _PLACE,
    "ARG_MIN": _PLACE,
    "ASSIGN_VARIABLE": _VARIABLE,
    "AVERAGE_POOL_2D": _POOL,
    "BATCH_MATMUL": (
        c.two_inputs,
        c.operands_are_int8,
        c.an_operand_is_computed,
        k.matrices_fit,
        k.batches_broadcast,
    ),
    "BATCH_TO_SPACE_ND": _BATCHES,
    "BROADCAST_TO": (*_REARRANGED, g.shape_is_broadcast, g.moves_are_few),
    "CAST": (c.one_input, c.first_input_is_computed, w.cast_types_are_known, c.shape_is_kept),
    "CONCATENATION": (
        m.has_inputs_and_an_output,
        m.operands_are_one_type,
        m.an_operand_is_moved,
        m.scales_are_equal,
        m.no_activation,
        m.slabs_fill_the_output,
    ),
    "CONV_2D": (
        c.two_or_three_inputs,
        *_INTEGERS,
        c.tensors_are_images,
        c.filters_fit_input,
        *_WEIGHTS,
    ),
    "CUMSUM": (
        c.two_inputs,
        w.sums_are_int8_or_real,
        c.shape_is_kept,
        c.axis_is_constant,
        w.running_sum_keeps_its_range,
    ),
    "DEPTHWISE_CONV_2D": (
        c.two_or_three_inputs,
        *_INTEGERS,
        c.tensors_are_images,
        c.depthwise_filters_fit,
        *_WEIGHTS,
    ),
    "DEPTH_TO_SPACE": (c.one_input, m.source_is_moved, m.depth_becomes_space),
    "DEQUANTIZE": (c.one_input, c.dequantises_int8, c.activations_have_one_scale, c.shape_is_kept),
    "DIV": (*_OPERANDS, w.operands_are_int8_or_real, w.quotient_keeps_its_range),
    "ELU": _TABLE,
    "EQUAL": _COMPARED,
    "EXP": _TABLE,
    "EXPAND_DIMS": _SHAPE,
    "FILL": (c.two_inputs, s.fill_is_constant),
    "FULLY_CONNECTED": (
        c.two_or_three_inputs,
        *_INTEGERS,
        c.matrix_fits_input,
        *_WEIGHTS,
        c.weights_are_plain,
    ),
    "GATHER": (
        c.two_inputs,
        w.rows_are_known,
        w.indices_are_inside,
        m.gathered_slices_fit,
    ),
    "GATHER_ND": (*_REARRANGED, g.places_are_inside, g.moves_are_few),
    "GELU": _TABLE,
    "GREATER": _COMPARED,
    "GREATER_EQUAL": _COMPARED,
    "HARD_SWISH": (*_TABLE, x.swish_keeps_its_range),
    "L2_NORMALIZATION": (
        c.one_input,
        *_ACTIVATION,
        c.shape_is_kept,
        m.no_activation,
        k.rows_are_bounded,
    ),
    "LEAKY_RELU": (*_WIDE_FUNCTION, x.scales_are_moderate),
    "LESS": _COMPARED,
    "LESS_EQUAL": _COMPARED,
    "LOGICAL_AND": _LOGICAL,
    "LOGICAL_NOT": (
        c.one_input,
        c.first_input_is_computed,
        w.operands_are_bool,
        c.shape_is_kept,
    ),
    "LOGICAL_OR": _LOGICAL,
    "LOG": _TABLE,
    "LOGISTIC": _CURVE,
    "LOG_SOFTMAX": (
        *_FUNCTION,
        x.logarithms_have_a_fixed_scale,
        x.logarithms_keep_their_range,
    ),
    "MAXIMUM": _EXTREME,
    "MAX_POOL_2D": _POOL,
    "MEAN": _REDUCE,
    "MINIMUM": _EXTREME,
    "MIRROR_PAD": (*_REARRANGED, g.mirrors_fit, g.moves_are_few),
    "MUL": (*_OPERANDS, w.operands_are_integers_or_plain, x.products_keep_their_range),
    "NEG": (c.one_input, w.is_real, c.shape_is_kept),
    "NOT_EQUAL": _COMPARED,
    "PACK": (
        m.has_inputs_and_an_output,
        m.operands_are_one_type,
        m.an_operand_is_moved,
        m.slices_fill_the_output,
    ),
    "PAD": _PAD,
    "PADV2": _PAD,
    "PRELU": (*_BINARY, x.slopes_fit, x.slopes_keep_their_range),
    "QUANTIZE": (c.one_input, c.quantises_to_int8, c.activations_have_one_scale, c.shape_is_kept),
    "READ_VARIABLE": (*_VARIABLE, s.variable_is_set),
    "REDUCE_ALL": _OF_BOOLS,
    "REDUCE_ANY": _OF_BOOLS,
    "REDUCE_MAX": _EXTREME_OF_AXES,
    "REDUCE_MIN": _EXTREME_OF_AXES,
    "RELU": _RELU,
    "RELU6": _RELU,
    "RELU_N1_TO_1": _RELU,
    "RESHAPE": _SHAPE,
    "RESIZE_BILINEAR": (
        c.two_inputs,
        *_ACTIVATION,
        c.scale_is_kept,
        m.images_are_resized,
        m.neighbours_are_inside,
    ),
    "RESIZE_NEAREST_NEIGHBOR": (c.two_inputs, m.source_is_moved, m.images_are_resized),
    "REVERSE_V2": (*_REARRANGED, g.axes_are_turned, g.moves_are_few),
    "RSQRT": (*_TABLE, x.root_keeps_its_range),
    "SELECT": _CHOICE,
    "SELECT_V2": _CHOICE,
    "SLICE": (m.has_three_inputs, m.source_is_moved, m.box_is_constant),
    "SOFTMAX": (
        c.one_input,
        c.first_input_is_computed,
        c.softmax_types_are_known,
        c.activations_have_one_scale,
        c.shape_is_kept,
        c.softmax_scale_is_fixed,
        c.softmax_depth_is_bounded,
        c.softmax_range_is_representable,
    ),
    "SPACE_TO_BATCH_ND": _BATCHES,
    "SPACE_TO_DEPTH": (c.one_input, m.source_is_moved, m.space_becomes_depth),
    "SPLIT": (
        m.has_two_inputs_and_outputs,
        m.source_is_moved,
        m.split_axis_is_constant,
        m.parts_fill_the_input,
    ),
    "SPLIT_V": (
        m.has_three_inputs_and_outputs,
        m.source_is_moved,
        m.split_axis_is_constant,
        m.parts_fill_the_input,
    ),
    "SQRT": _TABLE,
    "SQUARED_DIFFERENCE": (
        *_OPERANDS,
        w.operands_are_int8_or_plain,
        x.squares_keep_their_range,
    ),
    "SQUEEZE": _SHAPE,
    "STRIDED_SLICE": (
        m.has_four_inputs,
        m.source_is_moved,
        m.strided_box_is_constant,
        m.masks_are_known,
        m.strided_box_fits,
    ),
    "SUB": (*_OPERANDS, w.operands_are_integers_or_plain, x.sums_keep_their_range),
    "SUM": _REDUCE,
    "SVDF": (
        r.svdf_is_whole,
        r.svdf_types_fit,
        r.svdf_weights_are_constant,
        r.svdf_shapes_fit,
        r.svdf_sums_are_bounded,
    ),
    "TANH": _CURVE,
    "TILE": (*_REARRANGED, g.tiles_fill_the_output, g.moves_are_few),
    "TRANSPOSE": (c.two_inputs, m.source_is_moved, m.permutation_is_constant),
    "TRANSPOSE_CONV": (
        k.has_shape_filters_and_input,
        k.image_is_integer,
        k.filters_are_constant_int8,
        k.transposed_shapes_fit,
        k.transposed_bias_is_int32,
        c.activation_is_known,
    ),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        r.lstm_is_plain,
        r.lstm_types_are_8_and_16_bits,
        r.lstm_weights_are_constant,
        r.lstm_shapes_fit,
        r.lstm_scales_fit,
    ),
    "UNPACK": (m.has_an_input_and_outputs, m.source_is_moved, m.unpacked_slices_fit),
    "ZEROS_LIKE": (c.one_input, w.zeros_are_known, c.shape_is_kept),
}

MADE: Final = frozenset({CONSTANT})
"""Kinds that no file has, because passes make them."""


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
