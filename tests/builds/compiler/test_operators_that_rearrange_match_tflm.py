"""Operators that repeat, mirror, turn or pick blocks, each equal to TFLM on every engine."""

from itertools import product

import numpy as np
import pytest

from builds.compiler import Unsupported, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.movements import add_rearranged
from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.operators.images.space_to_batch_nd import (
    BATCHES,
    add_both_ways,
    wide_shape,
)
from tests.builds.compiler.oracle import assert_equal, proved


def batches() -> Net:
    """Make a model that goes both ways."""
    net = Net(1)
    for operands in BATCHES:
        add_both_ways(net, *operands)
    return net


def add_turned(net: Net) -> None:
    """Add one of each operator that mirrors, turns, repeats or picks."""
    add_rearranged(net, "BROADCAST_TO", (1, 3, 1), (2, 4, 3, 5), [2, 4, 3, 5])
    add_rearranged(net, "REVERSE_V2", (2, 3, 4), (2, 3, 4), [1])
    add_rearranged(net, "GATHER_ND", (3, 4, 2), (2, 2), [[0, 3], [2, 1]])
    add_rearranged(net, "MIRROR_PAD", (2, 3, 3), (2, 6, 5), [[0, 0], [2, 1], [0, 2]], mode=0)


def others() -> Net:
    """Make a model of the other operators that TFLM has."""
    net = Net(2)
    add_rearranged(net, "BROADCAST_TO", (1, 3, 1), (2, 4, 3, 5), [2, 4, 3, 5])
    add_rearranged(net, "BROADCAST_TO", (3,), (2, 3), [2, 3])
    source, axes = net.source((2, 3), scale=0.02), net.integers([1])
    net.spec.op(
        "REVERSE_V2", (source, axes), (net.result((2, 3), scale=0.03),)
    )  # bytes as they are
    add_rearranged(net, "REVERSE_V2", (2, 3, 4), (2, 3, 4), [1])
    add_rearranged(net, "REVERSE_V2", (2, 3, 4), (2, 3, 4), [2])
    add_rearranged(net, "GATHER_ND", (3, 4, 2), (2, 2), [[0, 3], [2, 1]])
    add_rearranged(net, "GATHER_ND", (3, 4), (3, 4), [[2], [0], [2]])
    for mode, reach in ((0, 2), (1, 3)):
        pads = [[0, 0], [reach, 1], [0, reach]]
        add_rearranged(net, "MIRROR_PAD", (2, 3, 3), (2, 4 + reach, 3 + reach), pads, mode=mode)
    return net


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
@pytest.mark.parametrize("made", [batches, others])
def test_rearranged_elements_are_equal(target: str, made: object) -> None:
    assert callable(made)
    assert_equal(made().build(), target, vectors=6)


def test_tiles_are_repeated_though_tflm_has_no_such_operator() -> None:
    net = Net(3)
    shape, times = (2, 3, 2), [2, 1, 3]
    add_rearranged(net, "TILE", shape, (4, 3, 6), times)
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
    add_rearranged(net, kind, shape, out, *operands)
    with pytest.raises(Unsupported, match=sentence):
        compile_model(net.build(), load_target("cortex-m4f"))


def test_every_pixel_goes_somewhere() -> None:
    for (shape, block, pads), way in product(BATCHES, (0, 1)):
        deep = wide_shape(shape, block, pads)
        net = Net(1)
        ends = (shape, deep) if way == 0 else (deep, shape)
        kind = ("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND")[way]
        add_rearranged(net, kind, *ends, block, pads)
        text = compile_model(net.build(), load_target("cortex-m4f")).files["model.cc"]
        assert ("ef_fill<int8_t>(ef_at" in text) == (way == 0 and bool(np.any(pads)))
