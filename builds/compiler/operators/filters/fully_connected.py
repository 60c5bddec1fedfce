"""FULLY_CONNECTED, with one weight scale or one a filter."""

from collections.abc import Sequence
from math import prod
from typing import Final

import numpy as np

from builds.compiler.arithmetic.multiplier import (
    Multiplier,
    activation_range,
    channel_multipliers,
    tensor_multiplier,
)
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import (
    INTEGERS,
    activation_is_known,
    first,
    first_input_is_computed,
    result,
    two_or_three_inputs,
)
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.lowered_op import Array, Context, LoweredOp, constant
from builds.compiler.operators.common.real.form import RealForm
from builds.compiler.operators.filters.int16.layers import INT16_HEADERS, lower_dense16
from builds.compiler.operators.filters.real.layers import (
    COLUMN_HEADERS,
    bias_fits,
    filters_are_finite,
    layer_is_real,
    lower_dense_real,
)
from builds.compiler.operators.filters.weights import banks
from builds.compiler.operators.filters.weights.banks import Bank
from builds.compiler.operators.filters.weights.bias_rounding import with_lighter_biases
from builds.compiler.operators.filters.weights.checks import WEIGHTS, filter_macs
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import Shape, Shapes

_SHARED = {
    Flavour.PORTABLE: ("requantize",),
    Flavour.SCALAR: (
        "unroll",
        "packed",
    ),
    Flavour.VECTOR: (
        "unroll",
        "vector",
    ),
    Flavour.MVE: ("requantize", "mve"),
    Flavour.DSP: ("words", "dsp", "packed"),
    Flavour.THUMB1: ("words", "packed"),
}
_KERNEL = {
    Flavour.PORTABLE: ("dense_portable",),
    Flavour.SCALAR: ("finish_scalar", "dense_scalar"),
    Flavour.VECTOR: ("finish_vector", "dense_vector"),
    Flavour.MVE: ("dense_mve",),
    Flavour.DSP: ("dense_dsp", "dense_quads"),
    Flavour.THUMB1: ("dense_thumb1", "dense_quads"),
}


def matrix_fits_input(op: Op, graph: Graph) -> bool:
    """Weights must be a matrix whose rows divide the input, with one row for each output."""
    source, target = first(op, graph), result(op, graph)
    shape = graph.tensor(op.inputs[1]).shape
    if len(shape) != 2 or source.elements % shape[1] or not target.shape:
        return False
    rows = source.elements // shape[1]
    return target.shape[-1] == shape[0] and target.elements == rows * shape[0]


def weights_are_plain(op: Op, graph: Graph) -> bool:
    """Weights must be stored row by row, not shuffled for another engine."""
    return op.options.get("weights_format", 0) == 0


def lower_dense(op: Op, context: Context) -> LoweredOp:
    """Lower a dense layer."""
    if context.input(op).dtype == "int16":
        return lower_dense16(op, context)
    source, target = context.input(op), context.output(op)
    bank = _bank(op, context)
    inputs = bank.weights.shape[1]
    rows = source.elements // inputs
    flavour = _flavour(bank, rows, context.flavour)
    name = naming.function_name(op, context.graph)
    turns = {Flavour.DSP: [-(-inputs // 4)], Flavour.THUMB1: [inputs]}
    members = [rows, inputs, bank.filters, *turns.get(flavour, []), f"{name}_weights"]
    members += [banks.output_members(bank, name, flavour)]
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"{flavour}::ef_dense({name}_dense, $in0, $out0);",),
        runtime=naming.scoped(_KERNEL[flavour], flavour, _SHARED[flavour]),
        arrays=(_weights(bank, flavour, name), *banks.output_arrays(bank, name, flavour)),
        globals=(
            f"constexpr {flavour}::EfDense {name}_dense = {{{', '.join(map(str, members))}}};",
        ),
        unproved=flavour is not context.flavour and not _overreads(bank, rows, context.flavour),
    )


def _bank(op: Op, context: Context) -> Bank:
    source, weights, target = context.input(op), context.input(op, 1), context.output(op)
    bias = context.graph.operand(op, 2)
    bank = banks.make_bank(
        op,
        weights.array().astype(np.int64).reshape(weights.shape),
        None if bias is None else bias.array().astype(np.int64).reshape(-1),
        _multipliers(op, context),
        (source.zero_point, target.zero_point),
        activation_range(op, target),
        apart=context.apart,
    )
    return with_lighter_biases(bank) if context.apart else bank


def _multipliers(op: Op, context: Context) -> tuple[Multiplier, ...]:
    source, weights, target = context.input(op), context.input(op, 1), context.output(op)
    if len(weights.scales) == 1:
        return (tensor_multiplier(source, weights, target),)
    return channel_multipliers(source, weights, target)


def _flavour(bank: Bank, rows: int, wanted: Flavour) -> Flavour:
    if wanted.lanes > 1:
        return wanted if banks.vectors_finish(bank, wanted) else Flavour.PORTABLE
    proved = banks.packable(bank) and (wanted is Flavour.SCALAR or banks.pairable(bank.weights))
    return wanted if proved and not _overreads(bank, rows, wanted) else Flavour.PORTABLE


def _overreads(bank: Bank, rows: int, wanted: Flavour) -> bool:
    """A row that ends inside a word would make the last one read past its tensor."""
    return wanted is Flavour.DSP and rows > 1 and bank.weights.shape[1] % 4 != 0


def _weights(bank: Bank, flavour: Flavour, name: str) -> Array:
    if not flavour.pairs:
        scalar = flavour is Flavour.SCALAR
        values = banks.block4(bank.weights) if scalar else bank.weights.reshape(-1)
        return constant(f"{name}_weights", "int8_t", values)
    layout = {Flavour.DSP: banks.quad_words_dsp, Flavour.THUMB1: banks.quad_words_thumb1}
    return constant(f"{name}_weights", "uint32_t", layout[flavour](bank.weights))


def _of_rows(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape:
    """Rows may lie in any number of dimensions, as long as there are as many."""
    filters, depth = inputs[1].shape
    rows = inputs[0].elements // depth
    return (*target.shape[:-1], filters) if prod(target.shape[:-1]) == rows else (rows, filters)


def _carried(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape | None:
    if len(inputs) < 2 or len(inputs[1].shape) != 2:
        return None
    filters, depth = inputs[1].shape
    return (inputs[0].elements // depth, filters)


OPDEFS: Final = (
    OpDef(
        "FULLY_CONNECTED",
        constraints=(
            two_or_three_inputs,
            *INTEGERS,
            matrix_fits_input,
            *WEIGHTS,
            weights_are_plain,
        ),
        lower=lower_dense,
        headers=(
            *("dense", "dense_quads", "finish", "packed", "requantize"),
            *INT16_HEADERS,
            *("int16", "columns16"),
            *COLUMN_HEADERS,
        ),
        options=(
            8,
            (
                ("activation", 0, "i8", 0),
                ("weights_format", 1, "i8", 0),
                ("keep_dims", 2, "bool", False),
            ),
        ),
        shape=Shapes(of=_of_rows, carried=_carried),
        macs=filter_macs,
        real=RealForm(
            (
                two_or_three_inputs,
                first_input_is_computed,
                layer_is_real,
                matrix_fits_input,
                filters_are_finite,
                bias_fits,
                activation_is_known,
                weights_are_plain,
            ),
            lower_dense_real,
        ),
    ),
)
