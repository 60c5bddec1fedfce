"""DEPTHWISE_CONV_2D; with several filters a channel it is a convolution with groups."""

from collections.abc import Sequence
from typing import Final

import numpy as np

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
from builds.compiler.operators.filters.conv_2d import (
    CONVOLUTION_HEADERS,
    conv_bank,
    lower_depthwise_multiplier,
)
from builds.compiler.operators.filters.int16.layers import INT16_HEADERS, lower_depthwise16
from builds.compiler.operators.filters.real.layers import (
    bias_fits,
    filters_are_finite,
    layer_is_real,
    lower_depthwise_real,
)
from builds.compiler.operators.filters.weights import banks
from builds.compiler.operators.filters.weights.banks import Bank
from builds.compiler.operators.filters.weights.checks import WEIGHTS, filter_macs
from builds.compiler.operators.filters.window3x3 import LANES, lower_depthwise3, slides
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import Shape, Shapes, batch_carried

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
    Flavour.SCALAR: ("finish_scalar", "depthwise_scalar", "sliding"),
    Flavour.VECTOR: ("finish_vector", "depthwise_vector", "sliding"),
    Flavour.MVE: ("depthwise_mve", "sliding"),
    Flavour.DSP: ("depthwise_dsp", "sliding"),
    Flavour.THUMB1: ("depthwise_thumb1", "depthwise"),
}


def depthwise_filters_fit(op: Op, graph: Graph) -> bool:
    """Depthwise filters must be 1 x height x width x a multiple of the input's channels."""
    source, target = first(op, graph), result(op, graph)
    shape = graph.tensor(op.inputs[1]).shape
    if len(shape) != 4 or shape[0] != 1 or shape[3] != target.shape[3]:
        return False
    return shape[3] % source.shape[3] == 0


def lower_depthwise(op: Op, context: Context) -> LoweredOp:
    """Lower a depthwise convolution."""
    if context.input(op).dtype == "int16":
        return lower_depthwise16(op, context)
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
    name = naming.function_name(op, context.graph)
    members = [window.members(), f"{name}_weights", f"{name}_outside"]
    members += [banks.output_members(bank, name, flavour)]
    outside = constant(f"{name}_outside", "int8_t", [source.zero_point] * bank.filters)
    constants = (_weights(bank.weights.T, flavour, name), outside)
    call = (
        f"{flavour}::ef_depthwise({name}_conv, $in0{{}}, $out0{{}}, "
        "ef_at<const int8_t *>($scratch), $backward);"
    )
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=each_batch(call, source, target),
        runtime=naming.scoped(_KERNEL[flavour], flavour, _SHARED[flavour]),
        arrays=constants + banks.output_arrays(bank, name, flavour),
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
        return banks.vectors_finish(bank, wanted) and _adds_pairs(bank)
    return wanted is Flavour.PORTABLE or banks.packable(bank)


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


def _reuse(op: Op, context: Context, window: SlidingWindow) -> tuple[Reuse, ...]:
    source, target = context.input(op), context.output(op)
    if source.shape[0] != 1:
        return ()
    graph = context.graph
    places = (graph.storage(source.index), graph.storage(target.index))
    return window_reuse(window, *places, window.in_c, block=1, reads_first=False)


def _filtered(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape:
    source, weights = inputs[0], inputs[1]
    height, width = output_sizes(op, source.shape, weights.shape[1:3])
    return (source.shape[0], height, width, weights.shape[3])


OPDEFS: Final = (
    OpDef(
        "DEPTHWISE_CONV_2D",
        constraints=(
            two_or_three_inputs,
            *INTEGERS,
            tensors_are_images,
            depthwise_filters_fit,
            *WEIGHTS,
        ),
        lower=lower_depthwise,
        headers=(
            *("depthwise", "sliding", "depthwise3", "depthwise3_types"),
            *CONVOLUTION_HEADERS,
            *INT16_HEADERS,
            *("depthwise16", "int16_taps", "groups16", "depthwise_real"),
        ),
        options=(
            2,
            (
                ("padding", 0, "i8", 0),
                ("stride_w", 1, "i32", 0),
                ("stride_h", 2, "i32", 0),
                ("multiplier", 3, "i32", 0),
                ("activation", 4, "i8", 0),
                ("dilation_w", 5, "i32", 1),
                ("dilation_h", 6, "i32", 1),
            ),
        ),
        shape=Shapes(of=_filtered, carried=batch_carried),
        macs=filter_macs,
        resolver="AddDepthwiseConv2D",
        real=RealForm(
            (
                two_or_three_inputs,
                first_input_is_computed,
                layer_is_real,
                tensors_are_images,
                depthwise_filters_fit,
                filters_are_finite,
                bias_fits,
                activation_is_known,
            ),
            lower_depthwise_real,
        ),
    ),
)
