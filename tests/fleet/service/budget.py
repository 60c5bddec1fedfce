"""What the embedded default costs: memory of all its processes, processor time until it rests.

`python -m tests.fleet.service.budget` prints both beside their budgets; exit code 1 = over one.
Memory is proportional (PSS): a page that several processes share counts once. Processor time is a
multiple of a yardstick that is run before and after, so that a slow or shared core changes nothing.
Linux only.
"""

import copy
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.fleet.service.running import Running, service

MEMORY_BYTES = 600 * 1024 * 1024
START_YARDS = 18.0  # of processor time
YARD_ROUNDS = 24_000  # of the yardstick: about a second of a core of 2023
REST_SECONDS = 3.0  # in which next to nothing happens
REST_SHARE = 0.1  # of one core
PAGES = ("/console/login/", "/api/v1/schema/", "/readyz", "/tuf/")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Measured once all processes are at rest."""

    processes: int
    start_seconds: float
    yard_seconds: float
    memory_bytes: int
    used_bytes: int

    @property
    def within(self) -> bool:
        """Whether both budgets hold."""
        worst = max(self.memory_bytes, self.used_bytes)
        return worst <= MEMORY_BYTES and self.start_yards <= START_YARDS

    @property
    def start_yards(self) -> float:
        """Processor time until it rests, in yardsticks."""
        return self.start_seconds / self.yard_seconds

    def lines(self) -> list[str]:
        """For people."""
        budget, yards = MEMORY_BYTES >> 20, f"{self.start_yards:.1f} of {START_YARDS:.0f}"
        return [
            f"processes             {self.processes}",
            f"processor time        {self.start_seconds:.1f} s to rest: {yards} yardsticks",
            f"memory at rest        {self.memory_bytes / 2**20:.0f} MiB of {budget} MiB (PSS)",
            f"memory after requests {self.used_bytes / 2**20:.0f} MiB of {budget} MiB (PSS)",
        ]


def measure(folder: Path) -> Cost:
    """Start the service on an empty folder, let it come to rest, use it a little."""
    before = _yard()
    with service(folder) as running:
        seconds = _rest(running.pid)
        yard = (before + _yard()) / 2
        resting = memory(running.pid)
        _use(running)
        return Cost(len(tree(running.pid)), seconds, yard, resting, memory(running.pid))


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    below, found = _children(), [pid]
    for each in found:
        found += below.get(each, [])
    return found


def children(pid: int) -> set[int]:
    """Those that a process has started itself."""
    return set(_children().get(pid, []))


def _children() -> dict[int, list[int]]:
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            below.setdefault(int(fields[1]), []).append(int(entry.name))
    return below


def memory(pid: int) -> int:
    """Proportional set size of a process and all below it, in bytes."""
    total = 0
    for each in tree(pid):
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def processor(pid: int) -> float:
    """Seconds of processor time of a process and all below it, those that ended included."""
    fields = [_stat(each) for each in tree(pid)]
    return sum(sum(map(int, each[11:15])) for each in fields if each) / TICKS


def _rest(pid: int) -> float:
    before, spent = 0.0, processor(pid)
    while spent - before > REST_SHARE * REST_SECONDS:
        time.sleep(REST_SECONDS)
        before, spent = spent, processor(pid)
    return spent


def _yard() -> float:
    """Processor time of a fixed piece of plain Python, of the kind that a start consists of."""
    begun, piece = time.process_time(), {str(n): [n, {"of": (n,)}] for n in range(10)}
    for _ in range(YARD_ROUNDS):
        copy.deepcopy(piece)
    return time.process_time() - begun


def _use(running: Running) -> None:
    with httpx.Client(base_url=running.url) as client:
        for _ in range(20):
            for page in PAGES:
                client.get(page)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; nothing for one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="edgefleet-budget-") as folder:
        cost = measure(Path(folder))
    sys.stdout.write("\n".join(cost.lines()) + "\n")
    return 0 if cost.within else 1


if __name__ == "__main__":
    sys.exit(main())
