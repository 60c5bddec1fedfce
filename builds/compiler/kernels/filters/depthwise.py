"""DEPTHWISE_CONV_2D with one filter a channel."""

import numpy as np

from builds.compiler.graph import Op
from builds.compiler.kernels.filters import filters
from builds.compiler.kernels.filters.conv import conv_bank, lower_depthwise_multiplier
from builds.compiler.kernels.filters.depthwise3 import LANES, lower_depthwise3, slides
from builds.compiler.kernels.filters.filters import Bank
from builds.compiler.kernels.filters.wide import lower_wide_depthwise
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import (
    Array,
    Context,
    Flavour,
    Integers,
    Reuse,
    Step,
    constant,
)
from builds.compiler.kernels.lowering.window import Window, each_batch, window_of, window_reuse

_POINTER_BYTES = 8  # of the widest target: hosts prove the code of every other
_LANES = 4  # channels that one word holds
_BLOCK = 16  # channels that one vector holds
_PAIR = 255  # magnitudes of two weights whose products with any input fit in 16 bits together
_SHARED = {
    Flavour.PORTABLE: ("requantize", "window"),
    Flavour.SCALAR: ("unroll", "packed", "window"),
    Flavour.VECTOR: ("unroll", "vector", "window"),
    Flavour.MVE: ("requantize", "mve", "window"),
    Flavour.DSP: ("words", "dsp", "packed", "window"),
    Flavour.THUMB1: ("packed", "window"),
}
_KERNEL = {
    Flavour.PORTABLE: ("depthwise_portable", "depthwise"),
    Flavour.SCALAR: ("finish_scalar", "depthwise_scalar", "depthwise_sliding"),
    Flavour.VECTOR: ("finish_vector", "depthwise_vector", "depthwise_sliding"),
    Flavour.MVE: ("depthwise_mve", "depthwise_sliding"),
    Flavour.DSP: ("depthwise_dsp", "depthwise_sliding"),
    Flavour.THUMB1: ("depthwise_thumb1", "depthwise"),
}


def lower_depthwise(op: Op, context: Context) -> Step:
    """Turn a depthwise convolution into a step."""
    if context.input(op).dtype == "int16":
        return lower_wide_depthwise(op, context)
    weights = context.input(op, 1)
    if weights.shape[3] != context.input(op).shape[3]:
        return lower_depthwise_multiplier(op, context)
    source, target = context.input(op), context.output(op)
    taps = weights.array().astype(np.int64).reshape(-1, weights.shape[3])
    bank = conv_bank(op, context, taps.T)
    window = window_of(op, source, target, (weights.shape[1], weights.shape[2]))
    flavour = _flavour(bank, context.flavour)
    if flavour in LANES and slides(window, flavour):
        return lower_depthwise3(op, context, bank, window, flavour)
    name = naming.step_name(op, context.graph)
    members = [window.members(), f"{name}_weights", f"{name}_outside"]
    members += [filters.output_members(bank, name, flavour)]
    outside = constant(f"{name}_outside", "int8_t", [source.zero_point] * bank.filters)
    constants = (_weights(bank.weights.T, flavour, name), outside)
    call = (
        f"{flavour}::ef_depthwise({name}_conv, $in0{{}}, $out0{{}}, "
        "ef_at<const int8_t *>($scratch), $backward);"
    )
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=each_batch(call, source, target),
        runtime=naming.scoped(_KERNEL[flavour], flavour, _SHARED[flavour]),
        arrays=constants + filters.output_arrays(bank, name, flavour),
        globals=(f"constexpr {flavour}::EfDepthwise {name}_conv = {{{', '.join(members)}}};",),
        scratch_bytes=taps.shape[0] * _POINTER_BYTES,
        reuse=_reuse(op, context, window),
        unproved=not _proved(bank, context.flavour),
    )


def _flavour(bank: Bank, wanted: Flavour) -> Flavour:
    if not _proved(bank, wanted):
        return Flavour.PORTABLE
    return Flavour.PORTABLE if wanted is Flavour.DSP and bank.filters % _LANES else wanted


def _proved(bank: Bank, wanted: Flavour) -> bool:
    """Tell whether weights and scales allow a loop."""
    if wanted.lanes > 1:
        return filters.vectors_finish(bank, wanted) and _adds_pairs(bank)
    return wanted is Flavour.PORTABLE or filters.packable(bank)


def _adds_pairs(bank: Bank) -> bool:
    """Tell whether each tap's product can be added to the next one's in 16 bits."""
    sizes = np.abs(bank.weights)
    even = sizes[:, 0::2].copy()
    even[:, : sizes.shape[1] // 2] += sizes[:, 1::2]
    return bool((even <= _PAIR).all())


def _weights(taps: Integers, flavour: Flavour, name: str) -> Array:
    if flavour is Flavour.MVE:
        blocks = [taps[:, i : i + _BLOCK].reshape(-1) for i in range(0, taps.shape[1], _BLOCK)]
        return constant(f"{name}_weights", "int8_t", np.concatenate(blocks))
    if flavour is not Flavour.DSP:
        return constant(f"{name}_weights", "int8_t", taps.reshape(-1))
    lanes = taps.reshape(taps.shape[0], -1, _LANES).transpose(1, 0, 2) & 0xFF
    words = (lanes << np.arange(0, 32, 8)).sum(axis=-1)
    return constant(f"{name}_weights", "uint32_t", words.reshape(-1))


def _reuse(op: Op, context: Context, window: Window) -> tuple[Reuse, ...]:
    source, target = context.input(op), context.output(op)
    if source.shape[0] != 1:
        return ()
    graph = context.graph
    places = (graph.storage(source.index), graph.storage(target.index))
    return window_reuse(window, *places, window.in_c, block=1, reads_first=False)
