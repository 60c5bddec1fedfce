"""What a real agent costs at rest: resident memory, processor time, and a poll on the wire.

``python -m tests.device_agent.budget [--seconds S]`` prints the figures beside their budgets; exit
code
1 = over one. The agent runs a compiled model with nothing to feed it and polls a simulated service.
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.compiled_library import NoCompiler, build_library
from tests.device_agent.simulators.http_server import serving
from tests.device_agent.simulators.memory import folder_in_memory
from tests.device_agent.simulators.process import AgentProcess
from tests.device_agent.simulators.service import SimService
from tests.device_agent.simulators.wiretap import Count, tapped
from tests.waiting import until

RESIDENT_BYTES = 45 * 1024 * 1024
PROCESSOR_SHARE = 0.005  # of one core
POLL_BYTES = 2048  # request and answer, headers and bodies
POLL_SECONDS = 10.0
REST_SECONDS = 60.0


@dataclass(frozen=True)
class Cost:
    """Measured over a time at rest."""

    resident_bytes: int
    processor_share: float
    poll_bytes: float

    @property
    def within(self) -> bool:
        """Whether every budget holds."""
        return (
            self.resident_bytes <= RESIDENT_BYTES
            and self.processor_share <= PROCESSOR_SHARE
            and self.poll_bytes <= POLL_BYTES
        )

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"resident memory  {self.resident_bytes / 2**20:.1f} MB of {RESIDENT_BYTES >> 20} MB",
            f"processor        {self.processor_share:.2%} of one core of {PROCESSOR_SHARE:.2%}",
            f"a poll           {self.poll_bytes:.0f} bytes of {POLL_BYTES}",
        ]


def measure(
    library: bytes, *, seconds: float = REST_SECONDS, poll_seconds: float = POLL_SECONDS
) -> Cost:
    """Start an agent, let it install a model and come to rest, and watch it rest."""
    service = SimService(issued_at=int(time.time()))
    settings = {
        "EDGEFLEET_AGENT_POLL_SECONDS": str(poll_seconds),
        # A model without input is judged by its golden vectors when its trial is over.
        "EDGEFLEET_AGENT_TRIAL_SECONDS": "1",
    }
    with folder_in_memory() as folder, serving(service) as base:
        parts = urlsplit(base)
        assert parts.hostname
        assert parts.port
        with tapped(parts.hostname, parts.port) as (address, count):
            service.base = address
            agent = AgentProcess(folder / "state", address, settings)
            agent.enrol()
            service.publish("1.0", bundle_of("1.0", library=library))
            process = agent.start("run")
            try:
                until(lambda: service.attributes.get("version") == "1.0")
                return _at_rest(process.pid, service, count, seconds)
            finally:
                process.kill()
                process.wait()


def _at_rest(pid: int, service: SimService, count: Count, seconds: float) -> Cost:
    _wait_for_a_poll(service)
    polls, total, processor = _polls(service), count.total, processor_seconds(pid)
    assert processor > 0.0, "an agent that has come to rest has worked: the meter reads nothing"
    begun = time.monotonic()
    time.sleep(seconds)
    spent = processor_seconds(pid) - processor
    share = spent / (time.monotonic() - begun)
    _wait_for_a_poll(service)
    poll_bytes = (count.total - total) / (_polls(service) - polls)
    return Cost(resident_bytes(pid), share, poll_bytes)


def _wait_for_a_poll(service: SimService) -> None:
    """Until the next poll has come, and its answer has been read."""
    before = _polls(service)
    until(lambda: _polls(service) > before)
    time.sleep(0.2)


def _polls(service: SimService) -> int:
    return service.requests.count(("GET", "/default/controller/v1/dev-1"))


def resident_bytes(pid: int) -> int:
    """Memory of the process that is in RAM."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_seconds(pid: int) -> float:
    """User and system time of the process and its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """The figures, and whether they are within the budgets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=REST_SECONDS, help="how long to watch")
    parsed = parser.parse_args()
    sys.stderr.write(f"An agent comes to rest and is watched for {parsed.seconds:g} s ...\n")
    with folder_in_memory() as folder:
        try:
            library = build_library(folder / "model.so")
        except NoCompiler as missing:
            sys.stderr.write(f"The model cannot be made: {missing}.\n")
            return 2
    cost = measure(library, seconds=parsed.seconds)
    sys.stdout.write("\n".join(cost.lines()) + "\n")
    return 0 if cost.within else 1


if __name__ == "__main__":
    sys.exit(main())
