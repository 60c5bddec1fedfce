"""A ring of windows on a simulated flash, beside a list of what must be true of it."""

import ctypes
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.device_agent.chip.flash import Cells, FlashPort, Shape, SimFlash

OK, FLASH, SHAPE, SIZE, NOTHING = 0, -1, -2, -3, -4
FRAME_ROOM = 1024  # bytes

Key = tuple[int, int]  # boot and number


class RingState(ctypes.Structure):
    """`ef_ring`."""

    _fields_ = [
        ("flash", ctypes.POINTER(FlashPort)),
        *(
            (name, ctypes.c_uint32)
            for name in ("sector at generation kept lost told boot seq erasures failed".split())
        ),
    ]


class RingWindow(ctypes.Structure):
    """`ef_ring_window`."""

    _fields_ = [(name, ctypes.c_uint32) for name in ("boot", "seq", "bytes")]


@dataclass(frozen=True)
class Known:
    """What whoever uses the ring was told of it before the power went."""

    sealed: dict[Key, bytes] = field(default_factory=dict)
    taken: frozenset[Key] = frozenset()
    perhaps_sealed: frozenset[Key] = frozenset()  # the power went before there was an answer
    perhaps_taken: frozenset[Key] = frozenset()
    boots: int = 0


@dataclass
class Ring:
    """The chip's ring. `cut` is given what a cut would leave, and what was known then."""

    compiled: ctypes.CDLL
    flash: SimFlash
    known: Known = field(default_factory=Known)
    cut: Callable[[Cells, Known], None] | None = None

    def __post_init__(self) -> None:
        self.state, self._flight = RingState(), self.known
        if self.cut:
            self.flash.cut = self._tell_cut

    def _tell_cut(self, cells: Cells) -> None:
        assert self.cut is not None
        self.cut(cells, self._flight)

    def open(self) -> int:
        self._flight = self.known
        answer = int(
            self.compiled.ef_ring_open(ctypes.byref(self.state), ctypes.byref(self.flash.port))
        )
        if answer == OK:
            assert self.state.boot > self.known.boots, "a boot with windows has its own number"
        return answer

    def put(self, frame: bytes) -> int:
        key = (self.state.boot, self.state.seq)
        known, size = self.known, len(frame)
        sealed = {**known.sealed, key: frame}
        self._flight = replace(known, sealed=sealed, perhaps_sealed=known.perhaps_sealed | {key})
        answer = int(self.compiled.ef_ring_put(ctypes.byref(self.state), frame, size))
        if answer == OK:
            # A name whose window the power took before there was an answer may be given again.
            perhaps = known.perhaps_sealed - {key}
            self.known = replace(known, sealed=sealed, perhaps_sealed=perhaps, boots=key[0])
        return answer

    def oldest(self, room: int = FRAME_ROOM) -> tuple[Key, bytes] | None:
        window, frame = RingWindow(), ctypes.create_string_buffer(FRAME_ROOM)
        answer = self.compiled.ef_ring_oldest(
            ctypes.byref(self.state), ctypes.byref(window), frame, room
        )
        assert answer in (OK, NOTHING)
        if answer == NOTHING:
            return None
        return (window.boot, window.seq), frame.raw[: min(window.bytes, room)]

    def acknowledge(self, key: Key) -> int:
        known = self.known
        self._flight = replace(known, perhaps_taken=known.perhaps_taken | {key})
        answer = int(self.compiled.ef_ring_acknowledge(ctypes.byref(self.state), *key))
        if answer == OK:
            self.known = replace(known, taken=known.taken | {key})
        return answer

    def dropped(self) -> int:
        return int(self.compiled.ef_ring_dropped(ctypes.byref(self.state)))

    def drain(self) -> dict[Key, bytes]:
        """All that are kept, oldest first; the ring is empty then."""
        found: dict[Key, bytes] = {}
        kept = self.state.kept
        while (oldest := self.oldest()) is not None:
            key, frame = oldest
            assert key not in found, "a window comes once"
            found[key] = frame
            assert self.acknowledge(key) == OK
        assert len(found) == kept
        assert self.state.kept == 0
        return found


def check(library: ctypes.CDLL, shape: Shape, cells: Cells, known: Known) -> Ring:
    """Start on these cells: all is there that must be, and what is not was counted."""
    ring = Ring(library, SimFlash(shape, cells), replace(known))
    assert ring.open() == OK
    found = ring.drain()
    assert list(found) == sorted(found), "the oldest comes first"
    assert not found.keys() & known.taken, "what was acknowledged does not come again"
    for key, frame in found.items():
        assert known.sealed[key] == frame
    missing = known.sealed.keys() - known.taken - found.keys() - known.perhaps_sealed
    surely = missing - known.perhaps_taken
    assert all(key < min(found, default=(*key, 0)) for key in surely), "the oldest go first"
    unsure = known.perhaps_sealed - found.keys()
    assert len(surely) <= ring.state.lost <= len(missing) + len(unsure), "the lost are counted"
    return ring


def live(ring: Ring, seed: int, steps: int) -> None:
    """Windows come and go, and the chip restarts at times."""
    chance = random.Random(seed)
    assert ring.open() == OK
    for _ in range(steps):
        act = chance.random()
        if act < 0.65:
            assert ring.put(chance.randbytes(chance.randint(1, 90))) == OK
        elif act < 0.9:
            if (oldest := ring.oldest()) is not None:
                assert ring.acknowledge(oldest[0]) == OK
        else:
            assert ring.open() == OK
