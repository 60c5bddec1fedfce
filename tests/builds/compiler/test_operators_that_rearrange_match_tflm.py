"""Operators that repeat, mirror, turn or pick blocks, each equal to TFLM on every engine."""

from itertools import product

import numpy as np
import pytest

from builds.compiler import Unsupported, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.oracle import assert_equal, proved

BATCHES = [
    ((1, 6, 4, 3), [2, 2], [[0, 0], [0, 0]]),
    ((2, 5, 6, 1), [3, 2], [[1, 0], [1, 1]]),
    ((2, 7, 3), [4], [[3, 2]]),
    ((1, 3, 4, 2), [2, 4], [[3, 0], [2, 2]]),
]


def kept(net: Net, source: int, shape: Shape) -> int:
    """Add an output with the scale of a source."""
    spec = net.spec.tensors[source]
    return net.result(shape, scale=spec.scales[0], zero=spec.zeros[0])


def add(
    net: Net,
    kind: str,
    shape: Shape,
    out: Shape,
    *operands: list[int] | list[list[int]],
    **options: int,
) -> None:
    """Add an operator with constant operands."""
    source = net.source(shape)
    constants = [net.spec.constant(np.asarray(o, np.int32)) for o in operands]
    net.spec.op(kind, (source, *constants), (kept(net, source, out),), **options)


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
    add(net, "SPACE_TO_BATCH_ND", shape, deep, block, pads)
    add(net, "BATCH_TO_SPACE_ND", deep, shape, block, pads)


def batches() -> Net:
    """Make a model that goes both ways."""
    net = Net(1)
    for operands in BATCHES:
        add_both_ways(net, *operands)
    return net


def add_turned(net: Net) -> None:
    """Add one of each operator that mirrors, turns, repeats or picks."""
    add(net, "BROADCAST_TO", (1, 3, 1), (2, 4, 3, 5), [2, 4, 3, 5])
    add(net, "REVERSE_V2", (2, 3, 4), (2, 3, 4), [1])
    add(net, "GATHER_ND", (3, 4, 2), (2, 2), [[0, 3], [2, 1]])
    add(net, "MIRROR_PAD", (2, 3, 3), (2, 6, 5), [[0, 0], [2, 1], [0, 2]], mode=0)


def others() -> Net:
    """Make a model of the other operators that TFLM has."""
    net = Net(2)
    add(net, "BROADCAST_TO", (1, 3, 1), (2, 4, 3, 5), [2, 4, 3, 5])
    add(net, "BROADCAST_TO", (3,), (2, 3), [2, 3])
    source, axes = net.source((2, 3), scale=0.02), net.integers([1])
    net.spec.op(
        "REVERSE_V2", (source, axes), (net.result((2, 3), scale=0.03),)
    )  # bytes as they are
    add(net, "REVERSE_V2", (2, 3, 4), (2, 3, 4), [1])
    add(net, "REVERSE_V2", (2, 3, 4), (2, 3, 4), [2])
    add(net, "GATHER_ND", (3, 4, 2), (2, 2), [[0, 3], [2, 1]])
    add(net, "GATHER_ND", (3, 4), (3, 4), [[2], [0], [2]])
    for mode, reach in ((0, 2), (1, 3)):
        pads = [[0, 0], [reach, 1], [0, reach]]
        add(net, "MIRROR_PAD", (2, 3, 3), (2, 4 + reach, 3 + reach), pads, mode=mode)
    return net


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
@pytest.mark.parametrize("made", [batches, others])
def test_rearranged_elements_are_equal(target: str, made: object) -> None:
    assert callable(made)
    assert_equal(made().build(), target, vectors=6)


def test_tiles_are_repeated_though_tflm_has_no_such_operator() -> None:
    net = Net(3)
    shape, times = (2, 3, 2), [2, 1, 3]
    add(net, "TILE", shape, (4, 3, 6), times)
    proof = proved(net.build(), "cortex-m4f", vectors=3)
    assert proof.equal
    assert "does not run this model" in proof.reasons["tflm"]
    for given, made in proof.golden:
        tiled = np.tile(np.frombuffer(given, np.int8).reshape(shape), times)
        assert made == tiled.tobytes()


@pytest.mark.parametrize(
    ("kind", "shape", "out", "operands", "sentence"),
    [
        ("TILE", (2, 3), (2, 7), [[1, 2]], "The multiples"),
        ("REVERSE_V2", (2, 3), (2, 3), [[2]], "The axes"),
        ("MIRROR_PAD", (2, 3), (2, 6), [[[0, 0], [3, 0]]], "Paddings"),
        ("GATHER_ND", (2, 3), (1,), [[[0, 3]]], "Indices"),
        ("BROADCAST_TO", (2, 3), (4, 3), [[4, 3]], "Each of the input's dimensions"),
        ("SPACE_TO_BATCH_ND", (1, 5, 3), (2, 2, 3), [[2], [[0, 0]]], "batch_size=1"),
        ("SPACE_TO_BATCH_ND", (1, 70, 3), (70, 1, 3), [[70], [[0, 0]]], "64 moves"),
    ],
)
def test_what_does_not_fit_is_refused(
    kind: str, shape: Shape, out: Shape, operands: list[list[int]], sentence: str
) -> None:
    net = Net(1)
    add(net, kind, shape, out, *operands)
    with pytest.raises(Unsupported, match=sentence):
        compile_model(net.build(), load_target("cortex-m4f"))


def test_every_pixel_goes_somewhere() -> None:
    for (shape, block, pads), way in product(BATCHES, (0, 1)):
        deep = wide_shape(shape, block, pads)
        net = Net(1)
        ends = (shape, deep) if way == 0 else (deep, shape)
        kind = ("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND")[way]
        add(net, kind, *ends, block, pads)
        text = compile_model(net.build(), load_target("cortex-m4f")).files["model.cc"]
        assert ("ef_fill<int8_t>(ef_at" in text) == (way == 0 and bool(np.any(pads)))
