"""PAD with the zero point before a convolution is that convolution's own padding."""

from dataclasses import replace

import numpy as np

from builds.compiler.graph import Graph, Op

_CONVOLUTIONS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D"})
_VALID = 1


def fold_pad(graph: Graph) -> Graph:
    """Move spatial padding into the convolution that follows.

    When nothing else reads the padded image.
    """
    pads = {op.outputs[0]: op for op in graph.ops if _is_spatial_zero(op, graph)}
    outputs = {t.index for t in graph.outputs}
    folded: dict[int, Op] = {}
    gone: set[int] = set()
    for op in graph.ops:
        pad = pads.get(op.inputs[0]) if op.kind in _CONVOLUTIONS else None
        if pad is None or op.option("padding") != _VALID or pad.outputs[0] in outputs:
            continue
        if len(graph.consumers(pad.outputs[0])) == 1 and pad.outputs[0] not in _aliased(graph):
            folded[op.index] = _with_padding(op, pad, graph)
            gone.add(pad.index)
    return graph.with_ops(
        tuple(folded.get(op.index, op) for op in graph.ops if op.index not in gone)
    )


def _aliased(graph: Graph) -> frozenset[int]:
    return frozenset(graph.aliases.values())


def _is_spatial_zero(op: Op, graph: Graph) -> bool:
    if op.kind != "PAD" or len(graph.tensor(op.inputs[0]).shape) != 4:
        return False
    pads = graph.tensor(op.inputs[1]).array().reshape(-1, 2).astype(np.int64)
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    return not pads[[0, 3]].any() and source.zero_point == target.zero_point


def _with_padding(op: Op, pad: Op, graph: Graph) -> Op:
    pads = graph.tensor(pad.inputs[1]).array().reshape(-1, 2).astype(np.int64)
    more = {
        "pad_top": int(pads[1, 0]),
        "pad_bottom": int(pads[1, 1]),
        "pad_left": int(pads[2, 0]),
        "pad_right": int(pads[2, 1]),
    }
    return replace(op, inputs=(pad.inputs[0], *op.inputs[1:]), options={**op.options, **more})
