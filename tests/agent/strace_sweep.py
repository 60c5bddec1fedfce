"""Kill a real agent at every system call that changes files, and fail each with a bad medium.

``python -m tests.agent.strace_sweep [--sample N] [--seed S]`` prints figures; exit code 1 = a
violation. Needs strace and the right to trace a child.
"""

import argparse
import collections
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device_agent import slots
from device_agent.memory import Memory
from device_agent.state import AgentState, Phase
from device_agent.storage import FileStorage
from tests.agent.simulators.bundles import bundle_of
from tests.agent.simulators.http_server import serving
from tests.agent.simulators.process import AgentProcess
from tests.agent.simulators.service import Action, SimService

CALLS = ("write", "fsync", "rename", "unlink", "mkdir", "ftruncate")
INJECTIONS = ("signal=KILL", "error=ENOSPC", "error=EIO", "error=EROFS")
RUN_SECONDS = 60


class Violation(AssertionError):
    """The agent did not end on one good slot."""


@dataclass(frozen=True)
class Point:
    """The n-th use of a call, and what happens to it."""

    call: str
    number: int
    injection: str


class Rig:
    """A device that runs 1.0, to be brought to 2.0 again and again."""

    def __init__(self, folder: Path, service: SimService, library: bytes) -> None:
        self._service, self._template = service, folder / "template"
        self._agent = AgentProcess(self._template, service.base, {})
        self._agent.enrol()
        service.publish("1.0", bundle_of("1.0", library=library))
        self._once(self._agent)
        self._action: Action = service.publish("2.0", bundle_of("2.0", library=library + b"2"))
        self._scratch = folder / "scratch"

    def count(self) -> dict[str, int]:
        """How often each call is used by an undisturbed update."""
        log = self._template.parent / "trace"
        agent = self._fresh()
        self._run(agent, f"-o{log}", f"-etrace={','.join(CALLS)}")
        found = collections.Counter(re.findall(r"^(\w+)\(", log.read_text(), re.MULTILINE))
        self._check(agent)
        return {call: found[call] for call in CALLS}

    def check(self, point: Point) -> None:
        """One disturbed update, and the start that follows it."""
        agent = self._fresh()
        inject = f"-einject={point.call}:{point.injection}:when={point.number}"
        self._run(agent, "-o/dev/null", f"-etrace={point.call}", inject)
        for _ in range(3):
            self._once(agent)
            if self._action.state != "offered":
                break
        try:
            self._check(agent)
        except Violation as violation:
            raise Violation(f"{point}: {violation}") from violation

    def _fresh(self) -> AgentProcess:
        shutil.rmtree(self._scratch, ignore_errors=True)
        shutil.copytree(self._template, self._scratch)
        self._action.state = "offered"
        self._action.feedback.clear()
        return AgentProcess(self._scratch, self._service.base, {})

    def _run(self, agent: AgentProcess, *options: str) -> None:
        command = ["strace", "-qq", *options, "--", *agent.command("once")]
        subprocess.run(
            command, env=agent.environment, capture_output=True, timeout=RUN_SECONDS, check=False
        )

    def _once(self, agent: AgentProcess) -> None:
        done = agent.call("once")
        if done.returncode != 0:
            raise Violation(f"the agent does not start any more: {done.stderr[-400:]}")

    def _check(self, agent: AgentProcess) -> None:
        storage = FileStorage(agent.folder)
        memory = Memory.load(storage)
        state = memory.state if memory else AgentState()
        if state.active is None or not slots.slot_is(
            storage, state.active, state.slots[state.active]
        ):
            raise Violation("no slot is confirmed and sound")
        version = state.slots[state.active].version
        if (version, self._action.state) not in {("2.0", "success"), ("1.0", "failure")}:
            raise Violation(f"it runs {version}, the service believes '{self._action.state}'")
        floor = 2 if version == "2.0" else 1  # an update may fail before it was accepted
        if state.phase is not Phase.IDLE or state.outbox or state.floor < floor:
            raise Violation(f"it did not converge: {state}")


def points(counts: dict[str, int]) -> Iterator[Point]:
    """Everything that can be done to an update."""
    for call, number in counts.items():
        for injection in INJECTIONS:
            yield from (Point(call, at, injection) for at in range(1, number + 1))


def sweep(folder: Path, library: bytes, *, sample: int | None, seed: int) -> tuple[int, int]:
    """How many points were tried, of how many."""
    service = SimService(issued_at=int(time.time()))
    with serving(service):
        rig = Rig(folder, service, library)
        every = list(points(rig.count()))
        chosen = every if sample is None else random.Random(seed).sample(every, sample)
        for point in chosen:
            rig.check(point)
    return len(chosen), len(every)


def main() -> int:
    """The whole sweep, with its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("model", type=Path, help="a compiled tests/agent/simulators/library.c")
    parsed = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            tried, every = sweep(
                Path(folder),
                parsed.model.read_bytes(),
                sample=parsed.sample,
                seed=parsed.seed,
            )
        except Violation as violation:
            sys.stdout.write(f"VIOLATION {violation}\n")
            return 1
    seconds = time.monotonic() - begun
    sys.stdout.write(f"strace sweep: {tried} of {every} points, 0 violations, {seconds:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
