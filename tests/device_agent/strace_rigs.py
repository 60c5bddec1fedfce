"""What the strace sweep spoils: an update, an enrolment, and a TUF client that meets a new root."""

import shutil
import sys
from pathlib import Path
from typing import Protocol

from device_agent.state import slots
from device_agent.state.record import AgentState, UpdatePhase
from device_agent.state.state_store import StateStore
from device_agent.storage.port import FileStorage
from device_agent.update.repository import EMBEDDED
from tests.device_agent.simulators import repository
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.process import ROOT, AgentProcess
from tests.device_agent.simulators.service import CODE, Action, SimService
from tests.device_agent.simulators.tracing import Command

ATTEMPTS = 3  # starts after which everything must be well


class Violation(AssertionError):
    """A device did not come to a good end."""


class Rig(Protocol):
    """Something to spoil again and again."""

    name: str

    def fresh(self) -> Command:
        """Everything as before, and the command that is to be spoilt."""
        ...

    def recover(self) -> None:
        """Start undisturbed, and look; ``Violation`` says what is wrong."""
        ...


class UpdateRig:
    """A device that runs 1.0, to be brought to 2.0."""

    name = "update"

    def __init__(self, folder: Path, service: SimService, library: bytes) -> None:
        self._service, self._template = service, folder / "template"
        agent = AgentProcess(self._template, service.base, {})
        service.allow(CODE)
        agent.enrol()
        service.publish("1.0", bundle_of("1.0", library=library))
        _once(agent)
        self._action: Action = service.publish("2.0", bundle_of("2.0", library=library + b"2"))
        self._agent = AgentProcess(folder / "scratch", service.base, {})

    def fresh(self) -> Command:
        folder = self._agent.folder
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._template, folder)
        self._action.state = "offered"
        self._action.feedback.clear()
        return Command(self._agent.command("once"), self._agent.environment, folder)

    def recover(self) -> None:
        for _ in range(ATTEMPTS):
            _once(self._agent)
            if self._action.state != "offered":
                break
        storage = FileStorage(self._agent.folder)
        store = StateStore.load(storage)
        state = store.state if store else AgentState()
        if state.active is None or not slots.slot_is(
            storage, state.active, state.slots[state.active]
        ):
            raise Violation("no slot is confirmed and sound")
        version = state.slots[state.active].version
        if (version, self._action.state) not in {("2.0", "success"), ("1.0", "failure")}:
            raise Violation(f"it runs {version}, the service believes '{self._action.state}'")
        floor = 2 if version == "2.0" else 1  # an update may fail before it was accepted
        if state.phase is not UpdatePhase.IDLE or state.outbox or state.floor < floor:
            raise Violation(f"it did not converge: {state}")


class EnrolRig:
    """A device that is to join; the code can be spent once."""

    name = "enrolment"

    def __init__(self, folder: Path, service: SimService) -> None:
        self._service = service
        self._agent = AgentProcess(folder / "joining", service.base, {})

    def fresh(self) -> Command:
        shutil.rmtree(self._agent.folder, ignore_errors=True)
        self._service.keys.clear()
        self._service.allow(CODE)
        words = self._agent.command("enrol", CODE)
        return Command(words, self._agent.environment, self._agent.folder)

    def recover(self) -> None:
        done = self._agent.call("enrol", CODE)
        if done.returncode != 0:
            raise Violation(f"the device cannot join any more: {done.stderr[-400:]}")
        _once(self._agent)


class TufRig:
    """A TUF client that knows the first root and finds a second one."""

    name = "repository"

    def __init__(self, folder: Path, sim: repository.SimRepository, url: str) -> None:
        self._trusted = folder / "trusted.json"
        self._trusted.write_bytes(sim.files["/metadata/1.root.json"])
        self._folder, self._url = folder / "tuf", url
        sim.rotate("root")
        sim.add("digits/model.bundle", b"bytes of a bundle")

    def fresh(self) -> Command:
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._client("init", str(self._trusted)).run() != 0:
            raise Violation("init failed undisturbed")
        return self._lookup()

    def recover(self) -> None:
        if self._lookup().run() != 0:
            raise Violation("the client does not verify any more")
        if b'"version":2' not in (self._folder / "root.json").read_bytes():
            raise Violation("the client does not know the second root")
        if (self._folder / EMBEDDED).read_bytes() != self._trusted.read_bytes():
            raise Violation("the embedded root is another")

    def _lookup(self) -> Command:
        return self._client("--target-name", "digits/model.bundle", "lookup")

    def _client(self, *words: str) -> Command:
        options = ["--metadata-dir", str(self._folder), "--metadata-url", f"{self._url}/metadata"]
        command = [sys.executable, "-m", "device_agent.tuf_client", *options, *words]
        return Command(command, {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, self._folder)


def _once(agent: AgentProcess) -> None:
    done = agent.call("once")
    if done.returncode != 0:
        raise Violation(f"the agent does not start any more: {done.stderr[-400:]}")
