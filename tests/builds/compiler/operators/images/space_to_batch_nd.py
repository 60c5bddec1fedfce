"""A small model of SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND."""

import numpy as np

from tests.builds.compiler.movements import add_rearranged
from tests.builds.compiler.networks import Net, Shape

BATCHES = [
    ((1, 6, 4, 3), [2, 2], [[0, 0], [0, 0]]),
    ((2, 5, 6, 1), [3, 2], [[1, 0], [1, 1]]),
    ((2, 7, 3), [4], [[3, 2]]),
    ((1, 3, 4, 2), [2, 4], [[3, 0], [2, 2]]),
]


def wide_shape(shape: Shape, block: list[int], pads: list[list[int]]) -> Shape:
    """Give the shape after SPACE_TO_BATCH_ND."""
    sizes = [
        (s + p[0] + p[1]) // b
        for s, b, p in zip(shape[1 : 1 + len(block)], block, pads, strict=True)
    ]
    return (shape[0] * int(np.prod(block)), *sizes, *shape[1 + len(block) :])


def add_both_ways(net: Net, shape: Shape, block: list[int], pads: list[list[int]]) -> None:
    """Add a way to batches, and one back."""
    deep = wide_shape(shape, block, pads)
    add_rearranged(net, "SPACE_TO_BATCH_ND", shape, deep, block, pads)
    add_rearranged(net, "BATCH_TO_SPACE_ND", deep, shape, block, pads)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    for operands in BATCHES:
        add_both_ways(net, *operands)
    return {"int8": net.build()}
