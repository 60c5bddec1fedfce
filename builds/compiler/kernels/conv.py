"""CONV_2D, and DEPTHWISE_CONV_2D with a multiplier, as columns times filters."""

import numpy as np

from builds.compiler.graph import Op
from builds.compiler.kernels import filters, naming
from builds.compiler.kernels.filters import Bank
from builds.compiler.kernels.step import (
    Array,
    Context,
    Flavour,
    Integers,
    Reuse,
    Step,
    constant,
)
from builds.compiler.kernels.wide import lower_wide_conv
from builds.compiler.kernels.window import Window, window_of, window_reuse
from builds.compiler.quant import activation_range, channel_multipliers

_BLOCK = 2  # pixels multiplied at a time
_COLUMN_MULTIPLE = {
    Flavour.PORTABLE: 1,
    Flavour.SCALAR: 1,
    Flavour.VECTOR: 8,
    Flavour.MVE: 1,
    Flavour.DSP: 8,
    Flavour.THUMB1: 2,
}
_CELL_BYTES = {
    Flavour.PORTABLE: 1,
    Flavour.SCALAR: 1,
    Flavour.VECTOR: 1,
    Flavour.MVE: 1,
    Flavour.DSP: 2,
    Flavour.THUMB1: 4,
}
_SHARED = {
    Flavour.PORTABLE: ("requantize", "window"),
    Flavour.SCALAR: ("packed", "window"),
    Flavour.VECTOR: ("vector", "window"),
    Flavour.MVE: ("requantize", "mve", "window"),
    Flavour.DSP: ("words", "dsp", "packed", "window"),
    Flavour.THUMB1: ("words", "packed", "window"),
}
_KERNEL = {
    Flavour.PORTABLE: ("columns_portable", "conv_types", "multiply_portable", "conv"),
    Flavour.SCALAR: ("finish_scalar", "columns_scalar", "conv_types", "multiply_scalar", "conv"),
    Flavour.VECTOR: ("finish_vector", "columns_vector", "conv_types", "multiply_vector", "conv"),
    Flavour.MVE: ("columns_mve", "conv_types", "multiply_mve", "conv"),
    Flavour.DSP: ("columns_dsp", "conv_types", "multiply_dsp", "multiply_pairs", "conv"),
    Flavour.THUMB1: ("columns_thumb1", "conv_types", "multiply_thumb1", "multiply_pairs", "conv"),
}


def lower_conv(op: Op, context: Context) -> Step:
    """Turn a convolution into a step."""
    if context.input(op).dtype == "int16":
        return lower_wide_conv(op, context)
    weights = context.input(op, 1)
    matrix = weights.array().astype(np.int64).reshape(weights.shape[0], -1)
    groups = context.input(op).shape[3] // weights.shape[3]
    return _lower(op, context, matrix, groups, (weights.shape[1], weights.shape[2]))


def lower_depthwise_multiplier(op: Op, context: Context) -> Step:
    """Turn a depthwise convolution with several filters a channel into one with groups."""
    weights = context.input(op, 1)
    matrix = weights.array().astype(np.int64).reshape(-1, weights.shape[3]).T
    return _lower(op, context, matrix, context.input(op).shape[3], weights.shape[1:3])


def conv_bank(op: Op, context: Context, matrix: Integers) -> Bank:
    """Make the filter bank of a convolution."""
    source, weights, target = context.input(op), context.input(op, 1), context.output(op)
    bias = context.graph.operand(op, 2)
    return filters.make_bank(
        op,
        matrix,
        None if bias is None else bias.array().astype(np.int64).reshape(-1),
        channel_multipliers(source, weights, target),
        (source.zero_point, target.zero_point),
        activation_range(op, target),
    )


def _lower(
    op: Op, context: Context, matrix: Integers, groups: int, kernel: tuple[int, ...]
) -> Step:
    source, target = context.input(op), context.output(op)
    window = window_of(op, source, target, (kernel[0], kernel[1]))
    bank = conv_bank(op, context, matrix)
    flavour = _flavour(bank, groups, context.flavour)
    column = matrix.shape[1] + -matrix.shape[1] % _COLUMN_MULTIPLE[flavour]
    name = naming.step_name(op, context.graph)
    tables = filters.in_even_groups(bank, groups) if flavour.pairs else bank
    members = [window.members(), groups, source.shape[3] // groups, bank.filters // groups]
    members += [column, source.zero_point, f"{name}_weights"]
    members += [filters.output_members(bank, name, flavour)]
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=_call(flavour, name, source.shape[0], window, bank),
        runtime=naming.scoped(_KERNEL[flavour], flavour, _SHARED[flavour]),
        arrays=(
            _weights(bank, flavour, groups, name),
            *filters.output_arrays(tables, name, flavour),
        ),
        globals=(f"constexpr {flavour}::EfConv {name}_conv = {{{', '.join(map(str, members))}}};",),
        scratch_bytes=_BLOCK * column * _CELL_BYTES[flavour],
        reuse=_reuse(op, context, window, bank, groups),
    )


def _flavour(bank: Bank, groups: int, wanted: Flavour) -> Flavour:
    if wanted.lanes > 1:
        return wanted if filters.vectors_finish(bank, wanted) else Flavour.PORTABLE
    if wanted is Flavour.PORTABLE or not filters.packable(bank):
        return Flavour.PORTABLE
    if wanted is Flavour.SCALAR:
        return wanted
    per_group = np.split(bank.weights, groups)
    pairs = all(filters.pairable(_with(bank, part)) for part in per_group)
    return wanted if pairs else Flavour.PORTABLE


def _with(bank: Bank, weights: Integers) -> Bank:
    return Bank(weights, bank.bias, bank.multipliers, bank.zero, bank.low, bank.high)


def _weights(bank: Bank, flavour: Flavour, groups: int, name: str) -> Array:
    padded = filters.padded_columns(bank.weights, _COLUMN_MULTIPLE[flavour])
    if flavour is Flavour.SCALAR:
        fours = [filters.fours(part) for part in np.split(bank.weights, groups)]
        return constant(f"{name}_weights", "int8_t", np.concatenate(fours))
    if not flavour.pairs:
        return constant(f"{name}_weights", "int8_t", padded.reshape(-1))
    words = [filters.paired_words(part) for part in np.split(padded, groups)]
    return constant(f"{name}_weights", "uint32_t", np.concatenate(words))


def _call(flavour: Flavour, name: str, batches: int, window: Window, bank: Bank) -> tuple[str, ...]:
    call = (
        f"{flavour}::ef_conv({name}_conv, $in0{{}}, $out0{{}}, "
        f"ef_at<{flavour}::EfCell>($scratch), $backward);"
    )
    if batches == 1:
        return (call.format("", ""),)
    in_bytes = window.in_h * window.in_w * window.in_c
    out_bytes = window.out_h * window.out_w * bank.filters
    return (
        f"for (int32_t n = 0; n < {batches}; ++n) {{",
        "  " + call.format(f" + n * {in_bytes}", f" + n * {out_bytes}"),
        "}",
    )


def _reuse(op: Op, context: Context, window: Window, bank: Bank, groups: int) -> tuple[Reuse, ...]:
    source, target = context.input(op), context.output(op)
    if source.shape[0] != 1 or groups != 1:
        return ()
    graph = context.graph
    places = (graph.storage(source.index), graph.storage(target.index))
    return window_reuse(window, *places, bank.filters, block=_BLOCK, reads_first=True)
