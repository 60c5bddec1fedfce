"""DEPTHWISE_CONV_2D with windows of 3 x 3 taps, lane after lane over the whole picture."""

import numpy as np

from builds.compiler.graph import Op
from builds.compiler.kernels import filters, naming
from builds.compiler.kernels.filters import Bank
from builds.compiler.kernels.step import Context, Flavour, Reuse, Step, constant
from builds.compiler.kernels.window import Window, each_batch, window_reuse

LANES = {Flavour.DSP: 4}  # channels that are taken together
_COLUMNS = 8  # that are unpacked at a time
_TAPS = (3, 3, 1, 1)  # rows and columns of the window, and their distances
_SHARED = {Flavour.DSP: ("words", "dsp", "packed", "window")}


def slides(window: Window, flavour: Flavour) -> bool:
    """Tell whether the kernel serves this window: each holds a column of the input, or touches it."""
    taps = (window.k_h, window.k_w, window.dilation_h, window.dilation_w)
    last = (window.out_w - 1) * window.stride_w - window.pad_w
    touches = window.pad_w < _TAPS[1] and last <= window.in_w
    near = window.stride_w <= _TAPS[1]  # beyond it, windows share no column
    return taps == _TAPS and touches and near and window.in_c % LANES[flavour] == 0


def lower_depthwise3(
    op: Op, context: Context, bank: Bank, window: Window, flavour: Flavour
) -> Step:
    """Turn a depthwise convolution of 3 x 3 taps into a step."""
    source, target = context.input(op), context.output(op)
    name = naming.step_name(op, context.graph)
    most = (_COLUMNS - _TAPS[1]) // window.stride_w + 1
    members = [window.members(), str(source.zero_point), str(most), f"{name}_weights"]
    members += [filters.output_members(bank, name, packed=True)]
    call = f"{flavour}::ef_depthwise3({name}_conv, $in0{{}}, $out0{{}}, $backward);"
    files = ("depthwise3_types", f"depthwise3_{flavour}", "depthwise3")
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=each_batch(call, source, target),
        runtime=naming.scoped(files, flavour, _SHARED[flavour]),
        arrays=(
            constant(f"{name}_weights", "uint32_t", _words(bank, LANES[flavour])),
            *filters.output_arrays(bank, name, packed=True),
        ),
        globals=(f"constexpr {flavour}::EfDepthwise3 {name}_conv = {{{', '.join(members)}}};",),
        reuse=_reuse(op, context, window),
    )


def _words(bank: Bank, lanes: int) -> filters.Integers:
    """Lay out words of `lanes` channels, tap after tap."""
    taps = bank.weights.T.reshape(9, -1, lanes).transpose(1, 0, 2) & 0xFF
    words: filters.Integers = (taps << np.arange(0, 8 * lanes, 8)).sum(axis=-1).reshape(-1)
    return words


def _reuse(op: Op, context: Context, window: Window) -> tuple[Reuse, ...]:
    source, target = context.input(op), context.output(op)
    if source.shape[0] != 1:
        return ()
    graph = context.graph
    places = (graph.storage(source.index), graph.storage(target.index))
    return window_reuse(
        window, *places, window.in_c, block=1, reads_first=True, multiple=window.in_c
    )
