"""Spoil every system call with which a real agent changes its files, one at a time.

``python -m tests.device_agent.strace_sweep [--sample N] [--seed S]`` prints figures; exit code 1 =
a
violation. Three commands are traced: an update, an enrolment, and a look into the TUF repository
after its root has changed. Each call is made to kill the process, and to fail with ENOSPC, EIO,
EROFS and EDQUOT. Afterwards the device starts undisturbed and must end well. Needs strace, the
right to trace a child, and a C compiler; builds the model it runs by itself.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.device_agent.simulators import repository
from tests.device_agent.simulators.compiled_library import NoCompiler, build_library
from tests.device_agent.simulators.http_server import serving
from tests.device_agent.simulators.memory import folder_in_memory
from tests.device_agent.simulators.service import SimService
from tests.device_agent.simulators.tracing import INJECTIONS, Point, changes, may_trace, spoil
from tests.device_agent.strace_rigs import EnrolRig, Rig, TufRig, UpdateRig, Violation

PROGRESS_POINTS = 25  # between two lines of progress


@dataclass(frozen=True)
class Tally:
    """Points tried, points there are, and calls that change files."""

    tried: int
    points: int
    calls: int


@contextmanager
def rigs(folder: Path, library: bytes) -> Iterator[list[Rig]]:
    """Everything that is swept, behind real sockets."""
    service, sim = SimService(issued_at=int(time.time())), repository.SimRepository()
    joined = SimService(issued_at=int(time.time()))
    with serving(service), serving(joined), repository.serving(sim) as url:
        yield [
            UpdateRig(folder, service, library),
            EnrolRig(folder, joined),
            TufRig(folder, sim, url),
        ]


def points(rig: Rig, folder: Path) -> list[Point]:
    """Everything that can be done to a rig's command."""
    found = changes(rig.fresh(), folder / f"{rig.name}.trace")
    rig.recover()
    return [Point(call, number, how) for how in INJECTIONS for call, number in found]


def check(rig: Rig, point: Point) -> None:
    """One disturbed run, and the starts that follow it."""
    spoil(rig.fresh(), point)
    try:
        rig.recover()
    except Violation as violation:
        raise Violation(f"{rig.name} {point}: {violation}") from violation


def sweep(folder: Path, library: bytes, *, sample: int | None = None, seed: int = 1) -> Tally:
    """Try every point, or a sample; the first violation ends it."""
    with rigs(folder, library) as every_rig:
        every = [(rig, point) for rig in every_rig for point in points(rig, folder)]
        chosen = every if sample is None else random.Random(seed).sample(every, sample)
        for done, (rig, point) in enumerate(chosen):
            if done % PROGRESS_POINTS == 0:
                sys.stderr.write(f"{done} of {len(chosen)} points\n")
            check(rig, point)
    return Tally(len(chosen), len(every), len(every) // len(INJECTIONS))


def main() -> int:
    """The whole sweep, with its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="try only so many points, chosen at random")
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    if not may_trace():
        sys.stderr.write("The sweep needs strace, and the right to trace a child.\n")
        return 2
    begun = time.monotonic()
    with folder_in_memory() as folder:
        try:
            library = build_library(folder / "model.so")
            tally = sweep(folder, library, sample=parsed.sample, seed=parsed.seed)
        except NoCompiler as missing:
            sys.stderr.write(f"The sweep needs a compiler: {missing}.\n")
            return 2
        except Violation as violation:
            sys.stdout.write(f"VIOLATION {violation}\n")
            return 1
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"strace sweep: {tally.tried} of {tally.points} points over {tally.calls} calls, "
        f"0 violations, {seconds:.0f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
