"""DEPTHWISE_CONV_2D with windows of 3 x 3 taps, lane after lane over the whole picture."""

import numpy as np

from builds.compiler.graph import Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lowered_op import Array, Context, LoweredOp, Reuse, constant
from builds.compiler.operators.common.window import SlidingWindow, each_batch, window_reuse
from builds.compiler.operators.filters.weights import banks
from builds.compiler.operators.filters.weights.banks import Bank

LANES = {Flavour.DSP: 4, Flavour.THUMB1: 1}  # channels that are taken together
_COLUMNS = 8  # that are unpacked at a time
_TAPS = (3, 3, 1, 1)  # rows and columns of the window, and their distances
_SHARED = {
    Flavour.DSP: ("words", "dsp", "packed", "window"),
    Flavour.THUMB1: ("words", "packed", "window"),
}


def slides(window: SlidingWindow, flavour: Flavour) -> bool:
    """Tell whether the kernel serves this window.

    It is one of 3 x 3 taps without gaps; all have their middle row and a column in the input.
    """
    taps = (window.k_h, window.k_w, window.dilation_h, window.dilation_w)
    low = (window.out_h - 1) * window.stride_h - window.pad_h + 1
    right = (window.out_w - 1) * window.stride_w - window.pad_w
    touches = window.pad_h < _TAPS[0] - 1 and window.pad_w < _TAPS[1]
    inside = touches and low < window.in_h and right < window.in_w
    near = window.stride_w <= _TAPS[1]  # beyond it, windows share no column
    return taps == _TAPS and inside and near and window.in_c % LANES[flavour] == 0


def lower_depthwise3(
    op: Op, context: Context, bank: Bank, window: SlidingWindow, flavour: Flavour
) -> LoweredOp:
    """Lower a depthwise convolution of 3 x 3 taps."""
    source, target = context.input(op), context.output(op)
    name = naming.function_name(op, context.graph)
    most = (_COLUMNS - _TAPS[1]) // window.stride_w + 1
    members = [window.members(), learned(source.zero_point), str(most), f"{name}_weights"]
    members += [banks.output_members(bank, name, flavour)]
    call = f"{flavour}::ef_depthwise3({name}_conv, $in0{{}}, $out0{{}}, $backward);"
    files = ("depthwise3_types", f"depthwise3_{flavour}", "depthwise3")
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=each_batch(call, source, target),
        runtime=naming.scoped(files, flavour, _SHARED[flavour]),
        arrays=(
            _weights(bank, flavour, name),
            *banks.output_arrays(bank, name, flavour),
        ),
        globals=(f"constexpr {flavour}::EfDepthwise3 {name}_conv = {{{', '.join(members)}}};",),
        reuse=_reuse(op, context, window),
    )


def _weights(bank: Bank, flavour: Flavour, name: str) -> Array:
    taps = bank.weights.T
    if flavour is Flavour.THUMB1:
        return constant(f"{name}_weights", "int8_t", taps.reshape(-1))
    lanes = taps.reshape(len(taps), -1, LANES[flavour]).transpose(1, 0, 2) & 0xFF
    words = (lanes << np.arange(0, 32, 8)).sum(axis=-1)
    return constant(f"{name}_weights", "uint32_t", words.reshape(-1))


def _reuse(op: Op, context: Context, window: SlidingWindow) -> tuple[Reuse, ...]:
    source, target = context.input(op), context.output(op)
    if source.shape[0] != 1:
        return ()
    graph = context.graph
    places = (graph.storage(source.index), graph.storage(target.index))
    return window_reuse(
        window, *places, window.in_c, block=1, reads_first=True, multiple=window.in_c
    )
