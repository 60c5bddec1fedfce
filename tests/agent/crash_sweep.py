"""Cut the power at every storage operation of an update, in every way, and look what is left.

``python -m tests.agent.crash_sweep [--states N] [--seed S]`` prints figures; exit code 1 = a
violation, with the line that repeats it. The test suite runs a seeded sample of the same states.

After every cut the agent starts again on what the medium kept, and must: have exactly one confirmed
slot that hashes right, never a lower counter, tell one outcome and no other, and be where it should
within three visits.
"""

import argparse
import itertools
import logging
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from device_agent import slots
from device_agent.agent import Agent
from device_agent.state import Phase
from tests.agent.simulators.bundles import WRONG, bundle_of
from tests.agent.simulators.device import SimDevice
from tests.agent.simulators.service import SimService
from tests.agent.simulators.storage import Cut, Loss, PowerCut

VISITS_TO_CONVERGE = 3
FULL_STATES = 60_000
MIXTURES = 4  # mixed losses tried at every cut


class Violation(AssertionError):
    """Something that must never be was found after a cut."""


@dataclass(frozen=True)
class Fault:
    """Off at an operation, with what is lost beside."""

    at: int
    torn: int | None
    loss: Loss
    seed: int = 0  # of a mixed loss


class Scenario:
    """A device that runs 1.0 and is told to run another version."""

    def __init__(self, name: str, *, library: bytes, ends_with: str, outcome: str) -> None:
        self.name, self.ends_with, self.outcome = name, ends_with, outcome
        sim = SimService()
        sim.tuf_root = b"what the device was given at enrolment"
        self.device = SimDevice(sim)
        self.device.enrol()
        self.device.wire.piece = 2048
        service = self.device.service
        service.publish("1.0", bundle_of("1.0"))
        self.device.update(self.device.boot())
        service.security = 2
        self.action = service.publish("2.0", bundle_of("2.0", library=library))
        self._before = self.device.storage.copy()

    def restore(self) -> None:
        """Back to the moment before the update."""
        self.device.storage = self._before.copy()
        self.action.state = "offered"
        self.action.feedback.clear()
        self.device.service.requests.clear()
        self.device.wire.sent.clear()

    def operations(self) -> list[tuple[str, str, int]]:
        """What an undisturbed update does to the storage."""
        self.restore()
        self.device.storage.log.clear()
        self.device.update(self.device.boot())
        self.require_converged(self.device.boot())
        return list(self.device.storage.log)

    def until_cut(self, fault: Fault) -> tuple[bool, int]:
        """Run to the fault, and lose what it loses; whether it came, and the counter before."""
        storage = self.device.storage
        storage.operations, storage.cut = 0, Cut(fault.at, fault.torn)
        floor, came = 1, False
        try:
            agent = self.device.boot()
            floor = agent.state.floor
            for _ in range(VISITS_TO_CONVERGE):
                self.device.update(agent)
                floor = agent.state.floor
        except PowerCut:
            came = True
        self.device.storage = storage.after_power_cut(fault.loss, fault.seed) if came else storage
        self.device.storage.cut = None
        return came, floor

    def require_safe(self, floor: int) -> Agent:
        """Start, and check what must hold at every start."""
        agent = self.device.boot()
        state = agent.state
        if state.floor < floor:
            raise Violation(f"the counter went from {floor} to {state.floor}")
        if state.active is None or state.active not in state.slots:
            raise Violation("no slot is confirmed")
        if not slots.slot_is(self.device.storage, state.active, state.slots[state.active]):
            raise Violation("the confirmed slot is damaged")
        if state.running and self._library(state.running).startswith(WRONG):
            raise Violation("a model runs that never proved itself")
        return agent

    def require_converged(self, agent: Agent) -> None:
        """Within three visits everything is as if nothing had happened."""
        for _ in range(VISITS_TO_CONVERGE):
            self.device.update(agent)
        state = agent.state
        running = state.slots[state.active] if state.active else None
        if running is None or running.version != self.ends_with or state.phase is not Phase.IDLE:
            raise Violation(f"it ended with {running} in phase {state.phase}")
        if self.action.state != self.outcome or state.outbox:
            raise Violation(f"the service believes '{self.action.state}', not '{self.outcome}'")
        security = 2 if self.ends_with == "2.0" else 1
        if state.security != {"digits": security}:
            raise Violation(f"the security counter is {dict(state.security)}, not {security}")
        if len({told.finished for told in self.action.terminal}) != 1:
            raise Violation("two different outcomes were told")

    def _library(self, slot: str) -> bytes:
        return self.device.storage.read(f"slot-{slot}/libmodel.so", limit=16) or b""


def scenarios() -> list[Scenario]:
    """An update that succeeds, and one whose model is wrong."""
    return [
        Scenario("good", library=b"", ends_with="2.0", outcome="success"),
        Scenario("wrong", library=WRONG + b"model", ends_with="1.0", outcome="failure"),
    ]


def faults(operations: list[tuple[str, str, int]]) -> Iterator[Fault]:
    """Every operation, before, after and torn, with every loss."""
    for at, (operation, _, length) in enumerate(operations):
        torn: list[int | None] = [-1, None]
        if operation == "append":
            torn += sorted({0, 1, 2, length // 2, length - 1} & set(range(length)))
        for amount, loss in itertools.product(torn, Loss):
            for seed in range(MIXTURES if loss is Loss.MIXED else 1):
                yield Fault(at, amount, loss, seed)


def check(scenario: Scenario, *sequence: Fault) -> None:
    """One state: the faults in order, a start after each, then convergence."""
    scenario.restore()
    floor = 1
    for fault in sequence:
        came, floor_now = scenario.until_cut(fault)
        floor = max(floor, floor_now)
        if not came:
            break
    scenario.require_converged(scenario.require_safe(floor))


def sweep(*, states: int, seed: int) -> tuple[int, int]:
    """All single faults, then pairs up to the number of states; how many, and operations."""
    rng = random.Random(seed)
    done = operations_total = 0
    for scenario in scenarios():
        operations = scenario.operations()
        operations_total += len(operations)
        singles = list(faults(operations))
        share = states // 2
        if len(singles) > share:
            singles = rng.sample(singles, share)
        for fault in singles:
            _repeatable(scenario, fault)
        done += len(singles)
        for _ in range(share - len(singles)):
            _repeatable(scenario, rng.choice(singles), rng.choice(singles))
            done += 1
    return done, operations_total


def _repeatable(scenario: Scenario, *sequence: Fault) -> None:
    try:
        check(scenario, *sequence)
    except Exception as error:
        raise Violation(f"{scenario.name} {sequence}: {error}") from error


def main() -> int:
    """The whole sweep, with its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, default=FULL_STATES)
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    logging.disable(logging.WARNING)  # thousands of failed updates are what is wanted here
    begun = time.monotonic()
    try:
        states, operations = sweep(states=parsed.states, seed=parsed.seed)
    except Violation as violation:
        sys.stdout.write(f"VIOLATION (seed {parsed.seed}): {violation}\n")
        return 1
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"crash sweep: {states} states over {operations} storage operations, seed {parsed.seed}, "
        f"0 violations, {seconds:.0f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
