"""`make ring-sweep`: every power cut in the life of a ring, and every second one after it.

Each state that a cut can leave is started on and read out: nothing that was sealed is missing
unless it was overwritten and counted, and nothing that was acknowledged comes again.
"""

import ctypes
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.device_agent.chip.flash import Cells, Shape, SimFlash
from tests.device_agent.chip.host import host_library
from tests.device_agent.chip.ring import Known, Ring, check, live

SHAPES = [Shape(512, 4, 8), Shape(256, 2, 1), Shape(256, 3, 8), Shape(512, 3, 32), Shape(320, 5, 4)]
SEEDS, STEPS, AGAIN = 4, 60, 4


@dataclass
class Figures:
    """What a sweep has been through."""

    states: int = 0
    windows: int = 0
    writes: int = 0
    erasures: int = 0


def sweep(chip: ctypes.CDLL, shape: Shape, seed: int, *, steps: int, again: int) -> Figures:
    """Live for `steps`, and start on what any cut leaves; live on for `again` steps with a second
    cut anywhere, where that is not 0.
    """
    left: list[tuple[Cells, Known]] = []
    first = Ring(chip, SimFlash(shape, seed=seed), cut=lambda *state: left.append(state))
    live(first, seed, steps)
    figures = Figures(len(left), len(first.known.sealed), first.flash.writes, first.flash.erasures)
    for number, (cells, known) in enumerate(left):
        check(chip, shape, cells.copy(), known)
        if again == 0:
            continue
        flash = SimFlash(shape, cells.copy(), seed=number)
        figures.states += _cut_again(Ring(chip, flash, known), number, again)
    return figures


def _cut_again(ring: Ring, seed: int, steps: int) -> int:
    """Live on for some steps, and start on what any cut leaves then; gives how many there are."""
    left: list[tuple[Cells, Known]] = []
    live(
        Ring(ring.compiled, ring.flash, ring.known, cut=lambda *state: left.append(state)),
        seed,
        steps,
    )
    for cells, known in left:
        check(ring.compiled, ring.flash.shape, cells, known)
    return len(left)


def main() -> int:
    """Sweep all shapes and print the figures."""
    total = Figures()
    with tempfile.TemporaryDirectory(prefix="edgefleet-ring-") as name:
        chip = host_library(Path(name))
        for shape in SHAPES:
            for seed in range(SEEDS):
                found = sweep(chip, shape, seed, steps=STEPS, again=AGAIN)
                total.states += found.states
                total.windows += found.windows
                total.writes += found.writes
                total.erasures += found.erasures
            sys.stdout.write(
                f"{shape.sectors} sectors of {shape.sector} bytes, units of {shape.unit}: "
                f"{total.states:,} states so far, nothing lost uncounted, nothing doubled\n"
            )
    sys.stdout.write(
        f"{total.states:,} states after {total.writes:,} writes and {total.erasures:,} erasures of "
        f"{total.windows:,} windows\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
