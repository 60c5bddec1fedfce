"""The commands, in this process: what they print, what they answer, how ``run`` is stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_agent.__main__ import main
from device_agent.config import Config
from device_agent.errors import Misconfigured, ModelBroken, StorageUnusable
from device_agent.model import golden
from device_agent.model.quantise import Feed
from device_agent.state.record import Slot
from device_agent.storage.lock import only_agent
from device_agent.update.prover import ChildProver
from tests.device_agent.conftest import Compile
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.http_server import serving
from tests.device_agent.simulators.service import CODE, SimService
from tests.device_agent.test_running_a_compiled_model import unpacked
from tests.waiting import PATIENCE_SECONDS

IDENTITY = ["--controller-id", "dev-1", "--target", "linux-x86_64"]


def ends_itself(config: Config) -> Iterator[Feed | None]:
    """A feed that gives some input and then asks this very process to stop."""
    for number in range(30):
        yield bytes([number, 1, 2, 3])
    os.kill(os.getpid(), signal.SIGTERM)
    while True:
        yield None


@pytest.fixture
def service() -> Iterator[SimService]:
    made = SimService(issued_at=int(time.time()))
    with serving(made):
        yield made


@pytest.fixture
def folder(service: SimService, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    words = ["--state-dir", str(tmp_path / "state")]
    assert main([*words, "enrol", CODE, "--server", service.base, *IDENTITY]) == 0
    assert capsys.readouterr().out == "dev-1 is accepted.\n"
    return words


@pytest.fixture
def undisturbed_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.toolchain
def test_once_then_status(
    service: SimService,
    folder: list[str],
    compiled: Compile,
    capsys: pytest.CaptureFixture[str],
) -> None:
    action = service.publish("1.0", bundle_of("1.0", library=compiled()))
    assert main([*folder, "once"]) == 0
    assert action.state == "success"
    assert main([*folder, "status"]) == 0
    assert "runs      digits 1.0, slot a" in capsys.readouterr().out
    assert main([*folder, "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["active"] == "a"


@pytest.mark.toolchain
@pytest.mark.usefixtures("undisturbed_signals")
def test_run_ends_in_order_when_it_is_told_to(
    service: SimService,
    folder: list[str],
    compiled: Compile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.publish("1.0", bundle_of("1.0", library=compiled()))
    monkeypatch.setenv("EDGEFLEET_AGENT_TRIAL_INFERENCES", "5")
    monkeypatch.setenv("EDGEFLEET_AGENT_IDLE_SECONDS", "0.01")
    feed = "tests.device_agent.test_the_command_line:ends_itself"
    assert main([*folder, "--verbose", "run", "--feed", feed]) == 0
    assert main([*folder, "once"]) == 0
    assert service.attributes["version"] == "1.0"
    assert sum(frame.samples for frame in service.frames.values()) == 30


def test_enrol_needs_an_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--state-dir", str(tmp_path / "state"), "enrol", CODE]) == 2
    assert "Name the service" in capsys.readouterr().err


def test_a_folder_belongs_to_one_device(
    service: SimService, folder: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    other = ["enrol", CODE, "--server", service.base, "--controller-id", "dev-2"]
    assert main([*folder, *other]) == 2
    assert "belongs to device 'dev-1'" in capsys.readouterr().err


def test_no_service_is_exit_code_one(folder: list[str]) -> None:
    assert main([*folder, "enrol", CODE, "--server", "http://127.0.0.1:9", *IDENTITY]) == 1


def test_a_state_folder_that_cannot_be_written_is_exit_code_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = ["--state-dir", str(tmp_path / "file" / "state")]
    assert main([*words, "enrol", CODE, "--server", "http://127.0.0.1:9", *IDENTITY]) == 1


def test_a_second_agent_is_refused_and_a_third_may_follow(tmp_path: Path) -> None:
    refused = pytest.raises(Misconfigured, match="Another agent")
    with only_agent(tmp_path), refused, only_agent(tmp_path):
        pass
    with only_agent(tmp_path):
        pass


def test_a_lock_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageUnusable), only_agent(tmp_path / "nowhere"):
        pass


@pytest.mark.toolchain
def test_the_golden_command_answers_by_its_exit_code(tmp_path: Path, compiled: Compile) -> None:
    folder = unpacked(tmp_path / "m", bundle_of("1.0", library=compiled("WRONG")))
    command = [sys.executable, "-m", "device_agent.model.golden", str(folder), "10"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == golden.EXIT_BROKEN
    assert done.stdout == "Golden vector 0 gives other bytes than the build.\n"


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("defect", "reason"), [("CRASH", "SIGSEGV"), ("HANG", "longer than 1"), ("WRONG", "vector 0")]
)
def test_the_prover_says_why(tmp_path: Path, compiled: Compile, defect: str, reason: str) -> None:
    unpacked(tmp_path / "slot-a", bundle_of("1.0", library=compiled(defect)))
    with pytest.raises(ModelBroken, match=reason):
        ChildProver(tmp_path, deadline_seconds=1.0).prove(Slot.A)


@pytest.mark.toolchain
def test_the_prover_is_content_with_a_model_that_works(tmp_path: Path, compiled: Compile) -> None:
    unpacked(tmp_path / "slot-a", bundle_of("1.0", library=compiled()))
    ChildProver(tmp_path, deadline_seconds=30.0).prove(Slot.A)


def test_an_empty_slot_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelBroken, match="No such file"):
        ChildProver(tmp_path, deadline_seconds=30.0).prove(Slot.A)
