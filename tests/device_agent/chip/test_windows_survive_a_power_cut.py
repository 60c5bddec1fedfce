"""The ring of windows: cut before, in and after every write and erasure, once and twice."""

import ctypes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.device_agent.chip.flash import Cells, Shape, SimFlash
from tests.device_agent.chip.ring import OK, Known, Ring, check, live
from tests.device_agent.chip.ring_sweep import sweep

pytestmark = pytest.mark.toolchain

SHAPES = [Shape(512, 4, 8), Shape(256, 2, 1), Shape(512, 3, 32), Shape(320, 5, 4)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_cut_anywhere_loses_nothing_and_doubles_nothing(
    chip: ctypes.CDLL, shape: Shape, seed: int
) -> None:
    figures = sweep(chip, shape, seed, steps=40, again=0)
    assert figures.states > 80


def test_a_second_cut_while_it_recovers_changes_nothing(chip: ctypes.CDLL) -> None:
    figures = sweep(chip, Shape(256, 3, 8), 3, steps=14, again=3)
    assert figures.states > 500


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(SHAPES))
def test_whatever_happens_without_a_cut_is_exact(
    chip: ctypes.CDLL, seed: int, shape: Shape
) -> None:
    ring = Ring(chip, SimFlash(shape))
    live(ring, seed, 80)
    check(chip, shape, ring.flash.now.copy(), ring.known)


def test_a_flash_full_of_something_else_becomes_a_ring(chip: ctypes.CDLL) -> None:
    shape = Shape()
    cells = Cells(
        bytearray(b"\x5a" * shape.sector * shape.sectors),
        bytearray(b"\x01" * (shape.sector * shape.sectors // shape.unit)),
    )
    ring = Ring(chip, SimFlash(shape, cells))
    live(ring, 4, 60)
    check(chip, shape, ring.flash.now, ring.known)


def test_what_a_cut_leaves_of_nothing_is_nothing(chip: ctypes.CDLL) -> None:
    states: list[tuple[Cells, Known]] = []
    ring = Ring(chip, SimFlash(), cut=lambda cells, known: states.append((cells, known)))
    assert ring.open() == OK
    assert len(states) >= 4
    for cells, known in states:
        assert check(chip, ring.flash.shape, cells, known).state.lost == 0
