"""Stop a device at every storage operation of an update, in every way, and look what is left.

``python -m tests.device_agent.crash_sweep [--cuts N] [--states N] [--seed S]`` prints figures;
exit code
1 = a violation.

Swept are an update that succeeds, one whose model is wrong, one whose download is resumed, one that
brings new keys, an enrolment, a new key of the device, and the TUF client when every key of its
repository has changed. Each runs once, undisturbed, and at every moment the sweep asks what a power
cut would leave (every subset of the names and bytes that were not synced, torn writes included),
and what a killed process would leave (everything, but still not synced). From each of these worlds
the device starts again, and must have exactly one confirmed slot that hashes right, never a lower
counter, tell one outcome and no other, and be where it should within three visits. While it does,
the same is asked again: what would a second stop leave? Worlds from which everything goes the same
way are visited once, so all pairs are covered, not a sample.
"""

import argparse
import logging
import random
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.device_agent.crash_rigs import (
    BreakingWire,
    EnrolRig,
    KeyRig,
    Rig,
    UpdateRig,
    Violation,
    World,
)
from tests.device_agent.crash_tuf import TufRig
from tests.device_agent.simulators.bundles import WRONG
from tests.device_agent.simulators.memory import folder_in_memory

FULL_CUTS = 2
PROGRESS_SECONDS = 5.0


@dataclass
class Tally:
    """What was tried: ``worlds[n]`` distinct ones after n stops, of ``cuts`` ways to stop."""

    name: str
    operations: int = 0
    cuts: int = 0
    worlds: tuple[int, ...] = ()
    left_out: int = 0  # worlds that were seen and not visited
    thinned: int = 0  # moments with too many combinations to hand out every one

    def line(self) -> str:
        """The figures, for people."""
        levels = " + ".join(str(count) for count in self.worlds[1:])
        rest = f", {self.left_out} left out" if self.left_out else ""
        rest += f", {self.thinned} moments thinned" if self.thinned else ""
        return (
            f"{self.name}: {self.operations} operations, {self.cuts} ways to stop, "
            f"{levels} distinct states{rest}"
        )


@contextmanager
def every_rig() -> Iterator[list[Rig]]:
    """All that is swept."""
    with folder_in_memory() as folder:
        yield [
            UpdateRig("update"),
            UpdateRig("wrong model", library=WRONG, ends_with="1.0", outcome="failure"),
            UpdateRig("resumed download", wire=BreakingWire),
            UpdateRig("new keys", new_keys=True),
            EnrolRig(),
            KeyRig(),
            TufRig(folder),
        ]


def explore(rig: Rig, *, cuts: int, states: int | None, seed: int) -> Tally:
    """Every world that up to so many cuts may leave; at most so many ``states`` of them."""
    tally, rng = Tally(rig.name), random.Random(seed)
    seen: dict[object, None] = {}
    level = [rig.begin()]
    for depth in range(cuts + 1):
        if states is not None and len(level) > (room := max(1, states // max(cuts, 1))):
            tally.left_out += len(level) - room
            level = rng.sample(level, room)
        tally.worlds = (*tally.worlds, len(level))
        level = after(rig, level, tally, seen, watch=depth < cuts)
    return tally


def after(
    rig: Rig, level: Iterable[World], tally: Tally, seen: dict[object, None], *, watch: bool
) -> list[World]:
    """Run from each world; the new ones that one more cut may leave."""
    found: list[World] = []

    def look(world: World) -> None:
        tally.cuts += 1
        essence = world.essence
        if essence not in seen:
            seen[essence] = None
            found.append(world)

    for world in _with_progress(rig.name, list(level)):
        try:
            storage = rig.run(world, look if watch else None)
        except Exception as error:
            raise Violation(f"{rig.name}, from {_told(world)}: {error}") from error
        tally.operations = tally.operations or len(storage.log)
        tally.thinned += storage.thinned
    return found


def _with_progress(name: str, level: list[World]) -> Iterator[World]:
    told_at = time.monotonic()
    for number, world in enumerate(level):
        if time.monotonic() - told_at > PROGRESS_SECONDS:
            told_at = time.monotonic()
            sys.stderr.write(f"{name}: {number} of {len(level)}\n")
        yield world


def _told(world: World) -> str:
    files = ", ".join(f"{path} ({len(data)})" for path, data in sorted(world.files.items()))
    return f"{world.service} with {files}"


def sweep(*, cuts: int = FULL_CUTS, states: int | None = None, seed: int = 1) -> list[Tally]:
    """All rigs; ``states`` limits how many worlds are visited of all of them together."""
    with every_rig() as rigs:
        share = None if states is None else states // len(rigs)
        return [explore(rig, cuts=cuts, states=share, seed=seed) for rig in rigs]


def main() -> int:
    """The whole sweep, with its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=FULL_CUTS, help="stops one after another")
    parser.add_argument("--states", type=int, help="visit only so many, chosen at random")
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    logging.disable(logging.WARNING)  # thousands of failed updates are what is wanted here
    begun = time.monotonic()
    try:
        tallies = sweep(cuts=parsed.cuts, states=parsed.states, seed=parsed.seed)
    except Violation as violation:
        sys.stdout.write(f"VIOLATION (seed {parsed.seed}): {violation}\n")
        return 1
    for tally in tallies:
        sys.stdout.write(f"{tally.line()}\n")
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"crash sweep: {sum(tally.cuts for tally in tallies)} ways to stop, "
        f"{sum(sum(tally.worlds[1:]) for tally in tallies)} distinct states visited, "
        f"0 violations, {seconds:.0f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
