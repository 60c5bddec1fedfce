"""FULLY_CONNECTED, with one weight scale or one a filter."""

import numpy as np

from builds.compiler.arithmetic.multiplier import (
    Multiplier,
    activation_range,
    channel_multipliers,
    tensor_multiplier,
)
from builds.compiler.graph import Op
from builds.compiler.kernels.filters import filters
from builds.compiler.kernels.filters.filters import Bank
from builds.compiler.kernels.filters.lighten import lightened
from builds.compiler.kernels.filters.wide import lower_wide_dense
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Array, Context, Flavour, Step, constant

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


def lower_dense(op: Op, context: Context) -> Step:
    """Turn a dense layer into a step."""
    if context.input(op).dtype == "int16":
        return lower_wide_dense(op, context)
    source, target = context.input(op), context.output(op)
    bank = _bank(op, context)
    inputs = bank.weights.shape[1]
    rows = source.elements // inputs
    flavour = _flavour(bank, rows, context.flavour)
    name = naming.step_name(op, context.graph)
    turns = {Flavour.DSP: [-(-inputs // 4)], Flavour.THUMB1: [inputs]}
    members = [rows, inputs, bank.filters, *turns.get(flavour, []), f"{name}_weights"]
    members += [filters.output_members(bank, name, flavour)]
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(f"{flavour}::ef_dense({name}_dense, $in0, $out0);",),
        runtime=naming.scoped(_KERNEL[flavour], flavour, _SHARED[flavour]),
        arrays=(_weights(bank, flavour, name), *filters.output_arrays(bank, name, flavour)),
        globals=(
            f"constexpr {flavour}::EfDense {name}_dense = {{{', '.join(map(str, members))}}};",
        ),
        unproved=flavour is not context.flavour and not _overreads(bank, rows, context.flavour),
    )


def _bank(op: Op, context: Context) -> Bank:
    source, weights, target = context.input(op), context.input(op, 1), context.output(op)
    bias = context.graph.operand(op, 2)
    bank = filters.make_bank(
        op,
        weights.array().astype(np.int64).reshape(weights.shape),
        None if bias is None else bias.array().astype(np.int64).reshape(-1),
        _multipliers(op, context),
        (source.zero_point, target.zero_point),
        activation_range(op, target),
        apart=context.apart,
    )
    return lightened(bank) if context.apart else bank


def _multipliers(op: Op, context: Context) -> tuple[Multiplier, ...]:
    source, weights, target = context.input(op), context.input(op, 1), context.output(op)
    if len(weights.scales) == 1:
        return (tensor_multiplier(source, weights, target),)
    return channel_multipliers(source, weights, target)


def _flavour(bank: Bank, rows: int, wanted: Flavour) -> Flavour:
    if wanted.lanes > 1:
        return wanted if filters.vectors_finish(bank, wanted) else Flavour.PORTABLE
    proved = filters.packable(bank) and (wanted is Flavour.SCALAR or filters.pairable(bank.weights))
    return wanted if proved and not _overreads(bank, rows, wanted) else Flavour.PORTABLE


def _overreads(bank: Bank, rows: int, wanted: Flavour) -> bool:
    """A row that ends inside a word would make the last one read past its tensor."""
    return wanted is Flavour.DSP and rows > 1 and bank.weights.shape[1] % 4 != 0


def _weights(bank: Bank, flavour: Flavour, name: str) -> Array:
    if not flavour.pairs:
        scalar = flavour is Flavour.SCALAR
        values = filters.fours(bank.weights) if scalar else bank.weights.reshape(-1)
        return constant(f"{name}_weights", "int8_t", values)
    layout = {Flavour.DSP: filters.quad_words_dsp, Flavour.THUMB1: filters.quad_words_thumb1}
    return constant(f"{name}_weights", "uint32_t", layout[flavour](bank.weights))
