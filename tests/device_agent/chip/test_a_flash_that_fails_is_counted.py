"""Worn flash, bits that rot, areas that are no ring: refused or counted, never a wrong window."""

import ctypes

import pytest

from tests.device_agent.chip.flash import ERASED, Cells, Shape, SimFlash
from tests.device_agent.chip.ring import FLASH, OK, SHAPE, SIZE, Known, Ring, check

pytestmark = pytest.mark.toolchain


def opened(chip: ctypes.CDLL, shape: Shape = Shape()) -> Ring:  # noqa: B008 - frozen
    ring = Ring(chip, SimFlash(shape))
    assert ring.open() == OK
    return ring


def fill_sector(ring: Ring) -> None:
    """Put windows until another sector is begun."""
    before = ring.state.sector
    while ring.state.sector == before:
        assert ring.put(b"window") == OK


@pytest.mark.parametrize(
    "shape", [Shape(sectors=1), Shape(sector=64), Shape(unit=64), Shape(sector=96, unit=32)]
)
def test_an_area_that_cannot_be_a_ring_is_refused(chip: ctypes.CDLL, shape: Shape) -> None:
    assert Ring(chip, SimFlash(shape)).open() == SHAPE


@pytest.mark.parametrize("unit", [0, 3])
def test_a_write_unit_that_does_not_exist_is_refused(chip: ctypes.CDLL, unit: int) -> None:
    ring = Ring(chip, SimFlash())
    ring.flash.port.unit_bytes = unit
    assert ring.open() == SHAPE


def test_a_frame_that_fits_no_sector_is_lost_and_counted(chip: ctypes.CDLL) -> None:
    ring = opened(chip)
    assert ring.put(bytes(512)) == SIZE
    assert ring.put(b"") == SIZE
    assert (ring.state.lost, ring.dropped()) == (2, 2)
    assert ring.put(b"next") == OK
    assert ring.dropped() == 0, "that window has told of them"
    assert ring.oldest() == ((1, 3), b"next")
    again = Ring(chip, SimFlash(ring.flash.shape, ring.flash.now))
    assert again.open() == OK
    assert (again.state.lost, again.dropped()) == (2, 0)


@pytest.mark.parametrize("refusals", [1, 2, 3])
def test_a_write_that_is_refused_costs_that_window_alone(chip: ctypes.CDLL, refusals: int) -> None:
    ring = opened(chip)
    assert ring.put(b"before") == OK
    ring.flash.refuses = refusals
    answers = [ring.put(b"during, and longer than a unit") for _ in range(4)]
    lost = answers.count(FLASH)
    assert lost >= 1
    assert ring.put(b"after") == OK
    found: list[bytes] = []
    while (oldest := ring.oldest()) is not None:
        found.append(oldest[1])
        assert ring.acknowledge(oldest[0]) == OK
    assert (found[0], found[-1], len(found)) == (b"before", b"after", 6 - lost)
    assert (ring.state.kept, ring.state.lost) == (0, lost)


def test_a_window_that_rots_is_skipped_and_counted(chip: ctypes.CDLL) -> None:
    ring = opened(chip)
    assert ring.put(b"this one rots") == OK
    assert ring.put(b"this one stays") == OK
    at = bytes(ring.flash.now.data).index(b"this one rots")
    ring.flash.now.data[at] ^= 1
    assert ring.oldest() == ((1, 2), b"this one stays")
    assert (ring.state.kept, ring.state.lost, ring.dropped()) == (1, 1, 1)


def test_a_short_buffer_gets_the_beginning_of_a_window(chip: ctypes.CDLL) -> None:
    ring = opened(chip)
    assert ring.put(b"0123456789" * 5) == OK
    assert ring.oldest(room=12) == ((1, 1), b"012345678901")


def test_acknowledging_twice_or_the_unknown_is_no_error(chip: ctypes.CDLL) -> None:
    ring = opened(chip)
    assert ring.put(b"a") == OK
    assert ring.put(b"b") == OK
    assert [ring.acknowledge((1, 2)), ring.acknowledge((1, 2))] == [OK, OK]
    assert ring.acknowledge((9, 9)) == OK
    assert ring.state.kept == 1
    assert ring.oldest() == ((1, 1), b"a")


def test_an_erasure_that_left_its_mark_is_done_again(chip: ctypes.CDLL) -> None:
    ring = opened(chip, Shape(512, 3, 8))
    fill_sector(ring)
    fill_sector(ring)
    shape, cells = ring.flash.shape, ring.flash.now.copy()
    spare = (ring.state.sector + 1) % shape.sectors
    mark = spare * shape.sector + 4
    cells.data[mark + 4 : mark + 8] = bytes(4)  # of an earlier generation: not its own CRC either
    cells.written[spare * 64 + 2 : spare * 64 + 64] = b"\x01" * 62  # blank to see, not erased
    again = Ring(chip, SimFlash(shape, cells), ring.known)
    assert again.open() == OK
    assert again.flash.erasures == 1
    fill_sector(again)


def test_a_device_that_restarts_for_ever_erases_nothing(chip: ctypes.CDLL) -> None:
    ring = opened(chip)
    before = ring.flash.erasures
    for _ in range(200):
        assert ring.open() == OK
    assert ring.flash.erasures == before
    assert ring.put(b"at last") == OK
    check(chip, ring.flash.shape, ring.flash.now.copy(), ring.known)


def test_all_sectors_wear_alike(chip: ctypes.CDLL) -> None:
    ring = opened(chip)
    for _ in range(400):
        assert ring.put(bytes(100)) == OK
    most = ring.state.erasures
    assert ring.flash.erasures == pytest.approx(most * ring.flash.shape.sectors, abs=4)
    again = Ring(chip, SimFlash(ring.flash.shape, ring.flash.now))
    assert again.open() == OK
    assert again.state.erasures == most


def test_a_flash_that_reads_nothing_is_told(chip: ctypes.CDLL) -> None:
    shape = Shape()
    size = shape.sector * shape.sectors
    cells = Cells(bytearray([ERASED]) * size, bytearray(size // shape.unit))
    ring = Ring(chip, SimFlash(shape, cells), Known())
    ring.flash.refuses = 1
    assert ring.open() == FLASH
    assert ring.open() == OK
