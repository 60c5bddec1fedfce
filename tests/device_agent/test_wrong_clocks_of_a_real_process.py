"""A real agent whose machine's clock is wrong by decades, or jumps, updates and is not fooled."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.device_agent.conftest import Compile
from tests.device_agent.simulators.bundles import TARGET, bundle_of
from tests.device_agent.simulators.http_server import serving
from tests.device_agent.simulators.process import AgentProcess
from tests.device_agent.simulators.repository import SimRepository
from tests.device_agent.simulators.repository import serving as serving_repository
from tests.device_agent.simulators.service import Action, SimService

DAY = 86_400
LIBRARIES = "/usr/lib/*/faketime/libfaketime.so.1"
IN_1970, IN_2040 = "@1970-01-02 00:00:00", "@2040-06-01 00:00:00"
CLOCKS = [IN_1970, IN_2040, "-1d", "+12h"]

pytestmark = [pytest.mark.e2e, pytest.mark.toolchain]


@dataclass
class Rig:
    """A device with a repository, and a clock that is a file."""

    service: SimService
    repository: SimRepository
    agent: AgentProcess
    clock: Path
    compiled: bytes

    def offer(self, version: str) -> Action:
        bundle = bundle_of(version, library=self.compiled)
        action = self.service.publish(version, bundle)
        path = action.told.tuf_path
        claims = {"target": TARGET, "abi": "ef1", "kind": "bundle", "model": "digits"}
        self.repository.describe(path, bundle, {"counter": 1, "version": version, **claims})
        return action

    def runs(self) -> str:
        """What the device last told that it runs."""
        return self.service.attributes.get("version", "")


@pytest.fixture
def rig(memory_path: Path, compiled: Compile) -> Iterator[Rig]:
    found = sorted(Path("/").glob(LIBRARIES.lstrip("/")))
    if shutil.which("faketime") is None or not found:
        pytest.skip("faketime is not installed")
    clock = memory_path / "clock"
    clock.write_text("+0\n")
    faked = {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "TZ": "UTC",
    }
    repository = SimRepository(paths=["digits/*/*/*"])
    service = SimService(issued_at=int(time.time()))
    service.tuf_root = repository.files["/metadata/1.root.json"]
    with serving(service), serving_repository(repository) as url:
        service.tuf_url = url
        agent = AgentProcess(memory_path / "state", service.base, faked)
        agent.enrol()
        yield Rig(service, repository, agent, clock, compiled())


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_device_with_a_wrong_clock_updates(rig: Rig, clock: str) -> None:
    rig.clock.write_text(f"{clock}\n")
    action = rig.offer("1.0")
    done = rig.agent.call("once")
    assert (done.returncode, action.state) == (0, "success"), (done.stderr, action.feedback)
    assert rig.runs() == "1.0"


@pytest.mark.parametrize("clock", [IN_1970, IN_2040])
def test_a_clock_that_jumps_in_the_middle_of_an_update_changes_nothing(
    rig: Rig, clock: str
) -> None:
    rig.offer("1.0")
    assert rig.agent.call("once").returncode == 0
    action, real = rig.offer("2.0"), rig.service.edit_document

    def jump(document: dict[str, object]) -> dict[str, object]:
        rig.clock.write_text(f"{clock}\n")
        return real(document)

    rig.service.edit_document = jump
    for _ in range(2):  # faketime moves the monotonic clock, too: a deadline may seem to be over
        done = rig.agent.call("once")
    assert (done.returncode, action.state) == (0, "success"), (done.stderr, action.feedback)
    assert rig.clock.read_text().strip() == clock
    assert rig.runs() == "2.0"


def test_a_device_in_1970_does_not_take_what_had_expired_when_it_last_heard(rig: Rig) -> None:
    rig.offer("1.0")
    assert rig.agent.call("once").returncode == 0
    rig.clock.write_text(f"{IN_1970}\n")
    old = rig.offer("2.0")
    issued = rig.service.issued_at - 3 * DAY
    old.told = replace(old.told, issued_at=issued, expires_at=issued + DAY)
    assert rig.agent.call("once").returncode == 0
    assert old.state == "failure"
    assert "expired" in old.feedback[-1].details[0]
    assert rig.runs() == "1.0"


def test_a_device_in_1970_does_not_take_metadata_that_had_expired(rig: Rig) -> None:
    rig.clock.write_text(f"{IN_1970}\n")
    action = rig.offer("1.0")
    rig.repository.timestamp.expires -= timedelta(days=60)
    rig.repository.publish()
    rig.agent.call("once")
    assert action.state == "failure"
    assert rig.runs() == ""
