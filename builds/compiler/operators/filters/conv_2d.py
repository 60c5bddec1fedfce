"""CONV_2D, and DEPTHWISE_CONV_2D with a multiplier, as columns times filters."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from builds.compiler.arithmetic.multiplier import activation_range, channel_multipliers
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import (
    INTEGERS,
    activation_is_known,
    first,
    first_input_is_computed,
    result,
    tensors_are_images,
    two_or_three_inputs,
)
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.learned_value import learned, learned_all
from builds.compiler.operators.common.lowered_op import (
    Array,
    Context,
    Integers,
    LoweredOp,
    Reuse,
    constant,
)
from builds.compiler.operators.common.real.form import RealForm
from builds.compiler.operators.common.window import (
    SlidingWindow,
    each_batch,
    output_sizes,
    window_of,
    window_reuse,
)
from builds.compiler.operators.filters.int16.layers import INT16_HEADERS, lower_conv16
from builds.compiler.operators.filters.real.layers import (
    COLUMN_HEADERS,
    bias_fits,
    filters_are_finite,
    layer_is_real,
    lower_conv_real,
)
from builds.compiler.operators.filters.weights import banks
from builds.compiler.operators.filters.weights.banks import Bank
from builds.compiler.operators.filters.weights.bias_rounding import with_lighter_biases
from builds.compiler.operators.filters.weights.checks import WEIGHTS, filter_macs
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import Shape, Shapes, batch_carried

_BLOCK = 2  # pixels multiplied at a time
_WORD = 4  # bytes
_COLUMN_MULTIPLE = {Flavour.VECTOR: 8, Flavour.DSP: 8, Flavour.THUMB1: 2}  # else 1
_CELL_BYTES = {Flavour.DSP: 2, Flavour.THUMB1: 4}  # else 1
# Of elements in the columns of two pixels.
_ORDER = {Flavour.DSP: (0, 2, 1, 3), Flavour.THUMB1: (0,)}
_SHARED = {
    Flavour.PORTABLE: ("requantize", "window"),
    Flavour.SCALAR: ("unroll", "packed", "window"),
    Flavour.VECTOR: ("unroll", "vector", "window"),
    Flavour.MVE: ("requantize", "mve", "window"),
    Flavour.DSP: ("words", "dsp", "packed", "window"),
    Flavour.THUMB1: ("words", "packed", "window"),
}
_KERNEL = {
    Flavour.PORTABLE: ("columns_portable", "column_types", "multiply_portable", "conv"),
    Flavour.SCALAR: ("finish_scalar", "columns_scalar", "column_types", "multiply_scalar", "conv"),
    Flavour.VECTOR: ("finish_vector", "columns_vector", "column_types", "multiply_vector", "conv"),
    Flavour.MVE: ("columns_mve", "column_types", "multiply_mve", "conv"),
    Flavour.DSP: ("pairs", "columns_dsp", "column_types", "multiply_dsp", "multiply_pairs", "conv"),
    Flavour.THUMB1: (
        "pairs",
        "columns_thumb1",
        "column_types",
        "multiply_thumb1",
        "multiply_pairs",
        "conv",
    ),
}


def filters_fit_input(op: Op, graph: Graph) -> bool:
    """Filters must have four dimensions, with channels that divide those of input and output."""
    source, target = first(op, graph), result(op, graph)
    shape = graph.tensor(op.inputs[1]).shape
    if len(shape) != 4 or shape[0] != target.shape[3] or source.shape[3] % shape[3]:
        return False
    return target.shape[3] % (source.shape[3] // shape[3]) == 0


def lower_conv(op: Op, context: Context) -> LoweredOp:
    """Lower a convolution."""
    if context.input(op).dtype == "int16":
        return lower_conv16(op, context)
    weights = context.input(op, 1)
    matrix = weights.array().astype(np.int64).reshape(weights.shape[0], -1)
    groups = context.input(op).shape[3] // weights.shape[3]
    return _lower(op, context, matrix, groups, (weights.shape[1], weights.shape[2]))


def lower_depthwise_multiplier(op: Op, context: Context) -> LoweredOp:
    """Turn a depthwise convolution with several filters a channel into one with groups."""
    weights = context.input(op, 1)
    matrix = weights.array().astype(np.int64).reshape(-1, weights.shape[3]).T
    return _lower(op, context, matrix, context.input(op).shape[3], weights.shape[1:3])


def conv_bank(op: Op, context: Context, matrix: Integers) -> Bank:
    """Make the filter bank of a convolution."""
    source, weights, target = context.input(op), context.input(op, 1), context.output(op)
    bias = context.graph.operand(op, 2)
    bank = banks.make_bank(
        op,
        matrix,
        None if bias is None else bias.array().astype(np.int64).reshape(-1),
        channel_multipliers(source, weights, target),
        (source.zero_point, target.zero_point),
        activation_range(op, target),
        apart=context.apart,
    )
    return with_lighter_biases(bank) if context.apart else bank


def _lower(
    op: Op, context: Context, matrix: Integers, groups: int, kernel: tuple[int, ...]
) -> LoweredOp:
    source, target = context.input(op), context.output(op)
    window = window_of(op, source, target, (kernel[0], kernel[1]))
    bank = conv_bank(op, context, matrix)
    flavour = flavour_for(bank, groups, context.flavour)
    column = column_of(matrix.shape[1], flavour)
    name = naming.function_name(op, context.graph)
    weights, finish = constants_of(bank, flavour, groups, name)
    members = [window.members(), groups, source.shape[3] // groups, bank.filters // groups]
    members += [column, learned(source.zero_point), f"{name}_weights"]
    members += [finish]
    fill = fill_of(window, groups, flavour)
    call = (
        f"{flavour}::ef_conv<{flavour}::{fill}>({name}_conv, $in0{{}}, $out0{{}}, "
        f"ef_at<{flavour}::EfCell>($scratch), $backward);"
    )
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=each_batch(call, source, target),
        runtime=runtime_of(flavour, [fill]),
        arrays=weights,
        globals=(f"constexpr {flavour}::EfConv {name}_conv = {{{', '.join(map(str, members))}}};",),
        scratch_bytes=scratch_of(column, fill, flavour, window),
        reuse=_reuse(op, context, window, bank, groups),
        unproved=flavour is not context.flavour,
    )


def runtime_of(flavour: Flavour, fills: Collection[str], *more: str) -> tuple[str, ...]:
    """Name the runtime files of a family's convolution that fills its columns so.

    And those that use it.
    """
    more = ("column_bytes", *more) if "ef_bytes" in fills else more
    return naming.scoped((*_KERNEL[flavour], *more), flavour, _SHARED[flavour])


def column_of(size: int, flavour: Flavour) -> int:
    """Pad the elements of a column as the loop over filters wants them."""
    return size + -size % _COLUMN_MULTIPLE.get(flavour, 1)


def scratch_of(column: int, fill: str, flavour: Flavour, window: SlidingWindow) -> int:
    """Bytes for the columns of two pixels, and for what `fill` puts together beside them."""
    row = window.k_w * window.in_c
    spare = max(column, window.k_h * row + -row % _WORD) if fill == "ef_bytes" else 0
    return _BLOCK * column * _CELL_BYTES.get(flavour, 1) + spare


def fill_of(window: SlidingWindow, groups: int, flavour: Flavour) -> str:
    """Choose how the kernel fills its columns; the names are those in `conv.h`."""
    if groups > 1 or window.dilation_w > 1:
        return "ef_any"
    if (window.k_h, window.k_w) == (1, 1) and window.inside:
        return "ef_point"
    return "ef_bytes" if flavour is Flavour.DSP and window.in_c % _WORD else "ef_rows"


def flavour_for(bank: Bank, groups: int, wanted: Flavour) -> Flavour:
    """Give the wanted family, or the portable one where its loop would not be exact."""
    if wanted.lanes > 1:
        return wanted if banks.vectors_finish(bank, wanted) else Flavour.PORTABLE
    if not banks.packable(bank):
        return Flavour.PORTABLE
    if wanted is Flavour.SCALAR:
        return wanted
    per_group = np.split(bank.weights, groups)
    pairs = all(banks.pairable(part) for part in per_group)
    return wanted if pairs else Flavour.PORTABLE


def constants_of(
    bank: Bank, flavour: Flavour, groups: int, name: str
) -> tuple[tuple[Array, ...], str]:
    """Give the arrays of weights and output stage, and the initializer of that stage."""
    if not flavour.pairs:
        weights = constant(f"{name}_weights", "int8_t", _bytes(bank, flavour, groups))
        arrays = (weights, *banks.output_arrays(bank, name, flavour))
        return arrays, banks.output_members(bank, name, flavour)
    words = banks.pairs_with_constants(bank, groups, _COLUMN_MULTIPLE[flavour], _ORDER[flavour])
    numbers = [str(len(words) // groups)]
    numbers += learned_all((2 * bank.zero + 1, bank.low, bank.high))
    finish = "{" + ", ".join(numbers) + "}"
    return (constant(f"{name}_weights", "uint32_t", words),), finish


def _bytes(bank: Bank, flavour: Flavour, groups: int) -> Integers:
    """Lay weights out as plain bytes."""
    if flavour is Flavour.SCALAR:
        return np.concatenate([banks.block4(part) for part in np.split(bank.weights, groups)])
    multiple = _COLUMN_MULTIPLE.get(flavour, 1)
    return banks.padded_columns(bank.weights, multiple).reshape(-1)


def _reuse(
    op: Op, context: Context, window: SlidingWindow, bank: Bank, groups: int
) -> tuple[Reuse, ...]:
    source, target = context.input(op), context.output(op)
    if source.shape[0] != 1 or groups != 1:
        return ()
    graph = context.graph
    places = (graph.storage(source.index), graph.storage(target.index))
    return window_reuse(window, *places, bank.filters, block=_BLOCK, reads_first=True)


def _filtered(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape:
    source, weights = inputs[0], inputs[1]
    height, width = output_sizes(op, source.shape, weights.shape[1:3])
    return (source.shape[0], height, width, weights.shape[0])


CONVOLUTION_HEADERS: Final = (
    *("columns", "multiply", "finish", "conv", "column_bytes", "column_types", "pairs"),
    *("multiply_pairs", "packed", "requantize", "window"),
)
OPDEFS: Final = (
    OpDef(
        "CONV_2D",
        constraints=(
            two_or_three_inputs,
            *INTEGERS,
            tensors_are_images,
            filters_fit_input,
            *WEIGHTS,
        ),
        lower=lower_conv,
        headers=(
            *CONVOLUTION_HEADERS,
            *INT16_HEADERS,
            *COLUMN_HEADERS,
            *("int16", "columns16", "groups16"),
        ),
        options=(
            1,
            (
                ("padding", 0, "i8", 0),
                ("stride_w", 1, "i32", 0),
                ("stride_h", 2, "i32", 0),
                ("activation", 3, "i8", 0),
                ("dilation_w", 4, "i32", 1),
                ("dilation_h", 5, "i32", 1),
            ),
        ),
        shape=Shapes(of=_filtered, carried=batch_carried),
        macs=filter_macs,
        resolver="AddConv2D",
        real=RealForm(
            (
                two_or_three_inputs,
                first_input_is_computed,
                layer_is_real,
                tensors_are_images,
                filters_fit_input,
                filters_are_finite,
                bias_fits,
                activation_is_known,
            ),
            lower_conv_real,
        ),
    ),
)
