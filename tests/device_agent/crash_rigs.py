"""What the crash sweep cuts: updates and an enrolment, of a whole device over simulated storage."""

import contextlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from device_agent.agent import Agent
from device_agent.errors import AgentError, ServiceUnreachable
from device_agent.identity.keys import device_key, load_enrolment
from device_agent.net.transport import Request, Stream
from device_agent.protocol.ddi import Execution, Feedback, Finished
from device_agent.state import slots
from device_agent.state.machine import STARTS_LIMIT
from device_agent.state.record import UpdatePhase
from device_agent.storage.durable import decode_record
from tests.device_agent.simulators.bundles import WRONG, bundle_of
from tests.device_agent.simulators.device import SimDevice
from tests.device_agent.simulators.moments import ASIDE, Files, WatchedStorage
from tests.device_agent.simulators.service import CODE, Action, SimService
from tests.device_agent.simulators.storage import SimStorage
from tests.device_agent.simulators.wire import SimWire

VISITS_TO_CONVERGE = 3
PIECE_BYTES = 2048
BREAKS_AT_BYTES = 3000  # of a download that begins at its first byte


class Violation(AssertionError):
    """Something that must never be was found after a cut."""


@dataclass(frozen=True)
class World:
    """All that is left when a device stops: the medium, what the service knows, what was promised.

    ``alive``: it was the process that was killed, and the kernel still knows what is not synced.
    """

    files: Files
    service: Hashable
    floor: int = 0  # the highest counter that the device had accepted
    alive: SimStorage | None = None

    @property
    def essence(self) -> Hashable:
        """Equal for two worlds in which everything goes the same way from here."""
        losable = () if self.alive is None else tuple(_losable(self.alive))
        return frozenset(_essences(self.files)), losable, self.service, self.floor


Look = Callable[[World], None]


class Rig(Protocol):
    """Something that a device does, from any world in which it may wake up."""

    name: str

    def begin(self) -> World:
        """The world before it."""
        ...

    def run(self, world: World, look: Look | None) -> WatchedStorage:
        """Start, carry it to its end and check; the storage, which has counted.

        ``look`` is shown every world that a cut may leave on the way. ``Violation`` says what is
        wrong.
        """
        ...


def _essences(files: Files) -> Iterator[Hashable]:
    for path, data in files.items():
        if path.startswith("state.") and not path.endswith(ASIDE):
            yield path, _state_essence(data, files.get(path[:-1] + "10"[int(path[-1])], b""))
        else:  # an unfinished file is never read: whoever tries is caught
            yield path, b"" if path.endswith(ASIDE) else data


def _losable(storage: SimStorage) -> Iterator[Hashable]:
    """Each name that may turn into another file, or into none, and each file that may shrink."""
    for path in sorted({*storage.files, *storage.names_synced}):
        live, kept = storage.files.get(path), storage.names_synced.get(path)
        if live is not kept:
            yield path, "name", None if kept is None else (bytes(kept.data), kept.synced)
        if live is not None and live.data != live.synced:
            yield path, "bytes", live.synced


@lru_cache(maxsize=50_000)
def _state_essence(data: bytes, other: bytes) -> Hashable:
    """Without the number of the boot, which is only told; of the sequence only which is newer."""
    found, beside = decode_record(data), decode_record(other)
    if found is None:
        return data
    sequence, record = found
    starts = record.get("starts")
    clipped = min(starts, STARTS_LIMIT + 1) if isinstance(starts, int) else starts
    kept = {**record, "boot_id": 0, "starts": clipped}
    return repr(sorted(kept.items())), beside is not None and sequence > beside[0]


class BreakingWire(SimWire):
    """Breaks every download off once: only one that is resumed comes to its end."""

    @contextmanager
    def stream(self, request: Request) -> Iterator[Stream]:
        self.cut_at = None if "Range" in request.headers else BREAKS_AT_BYTES
        with super().stream(request) as stream:
            yield stream


@dataclass(frozen=True)
class Known:
    """What the service knows of the action."""

    state: str
    told: frozenset[Finished] = frozenset()
    config_wanted: bool = True


class UpdateRig:
    """A device that runs 1.0 and is told to run another version."""

    def __init__(
        self,
        name: str,
        *,
        library: bytes = b"",
        ends_with: str = "2.0",
        outcome: str = "success",
        wire: type[SimWire] = SimWire,
        new_keys: bool = False,
    ) -> None:
        self.name, self.ends_with, self.outcome = name, ends_with, outcome
        sim = SimService()
        sim.tuf_root = b"what the device was given at enrolment"
        self.device = SimDevice(sim)
        self.device.enrol()
        sim.publish("1.0", bundle_of("1.0"))
        for _ in range(2):
            self.device.update(self.device.boot())
        self.device.wire = wire(sim, piece=PIECE_BYTES)
        sim.security = 2
        if new_keys:
            sim.rotate("director", "artifacts")
        self.keys_version = int(new_keys)
        self.action: Action = sim.publish("2.0", bundle_of("2.0", library=library))
        self._before = World(_files(self.device.storage), Known(self.action.state), floor=1)

    def begin(self) -> World:
        return self._before

    def run(self, world: World, look: Look | None) -> WatchedStorage:
        self._restore(world)
        agent: Agent | None = None

        def show(storage: WatchedStorage) -> None:
            floor = max(world.floor, agent.state.floor if agent else 0)
            show_all(storage, look, self._known(), floor)

        storage = WatchedStorage(world.files, show, alive=world.alive)
        self.device.storage = storage
        agent = self.device.boot()
        self._require_safe(agent, world.floor)
        for _ in range(VISITS_TO_CONVERGE):
            with contextlib.suppress(ServiceUnreachable):
                self.device.update(agent)
        self._require_converged(agent)
        return storage

    def _known(self) -> Known:
        told = frozenset(feedback.finished for feedback in self.action.terminal)
        return Known(self.action.state, told, self.device.service.config_wanted)

    def _restore(self, world: World) -> None:
        known = world.service
        assert isinstance(known, Known)
        service = self.device.service
        self.action.state, service.config_wanted = known.state, known.config_wanted
        self.action.feedback[:] = [
            Feedback(Execution.CLOSED, finished, ()) for finished in known.told
        ]
        service.requests.clear()
        service.tokens.clear()
        self.device.wire.sent.clear()

    def _require_safe(self, agent: Agent, floor: int) -> None:
        """What must hold at every start."""
        state = agent.state
        if state.floor < floor:
            raise Violation(f"the counter went from {floor} to {state.floor}")
        if state.active is None or state.active not in state.slots:
            raise Violation("no slot is confirmed")
        if not slots.slot_is(self.device.storage, state.active, state.slots[state.active]):
            raise Violation("the confirmed slot is damaged")
        if state.running and self._library(state.running).startswith(WRONG):
            raise Violation("a model runs that never proved itself")

    def _require_converged(self, agent: Agent) -> None:
        """Within three visits everything is as if nothing had happened."""
        state = agent.state
        running = state.slots[state.active] if state.active else None
        if (
            running is None
            or running.version != self.ends_with
            or state.phase is not UpdatePhase.IDLE
        ):
            raise Violation(f"it ended with {running} in phase {state.phase}")
        if self.action.state != self.outcome or state.outbox:
            raise Violation(f"the service believes '{self.action.state}', not '{self.outcome}'")
        if load_enrolment(self.device.storage).keys_version != self.keys_version:
            raise Violation("it does not follow the keys of now")
        security = 2 if self.ends_with == "2.0" else 1
        if state.security != {"digits": security}:
            raise Violation(f"the security counter is {dict(state.security)}, not {security}")
        if len({told.finished for told in self.action.terminal}) != 1:
            raise Violation("two different outcomes were told")

    def _library(self, slot: str) -> bytes:
        return self.device.storage.read(f"slot-{slot}/libmodel.so", limit=16) or b""


class EnrolRig:
    """A device that joins with a code that can be spent once."""

    name = "enrolment"

    def __init__(self) -> None:
        self.device = SimDevice(SimService())

    def begin(self) -> World:
        return World({}, b"")

    def act(self) -> None:
        """What is cut."""
        self.device.enrol()

    def run(self, world: World, look: Look | None) -> WatchedStorage:
        service = self.device.service
        assert isinstance(world.service, bytes)
        service.keys = {"dev-1": world.service} if world.service else {}
        service.codes = set() if world.service else {CODE}

        def show(storage: WatchedStorage) -> None:
            show_all(storage, look, service.keys.get("dev-1", b""))

        storage = WatchedStorage(world.files, show, alive=world.alive)
        self.device.storage = storage
        try:
            self.act()
            self.device.boot().visit()
        except AgentError as error:
            raise Violation(f"the device cannot go on any more: {error}") from error
        if device_key(storage).public_key().public_bytes_raw() != service.keys["dev-1"]:
            raise Violation("the service knows another key")
        return storage


class KeyRig(EnrolRig):
    """A device that replaces its own key, and tells the service so."""

    name = "key replacement"

    def begin(self) -> World:
        self.device.enrol()
        return World(_files(self.device.storage), self.device.service.keys["dev-1"])

    def act(self) -> None:
        self.device.boot().visit()
        self.device.rotate_key()


def show_all(storage: WatchedStorage, look: Look | None, service: Hashable, floor: int = 0) -> None:
    """Every world that a power cut may leave now, and the one that SIGKILL leaves."""
    moment = storage.changes, service, floor
    if look is None or moment == storage.shown:
        return
    storage.shown = moment
    for files in storage.forms():
        look(World(files, service, floor))
    if storage.unsynced():
        look(World(_files(storage), service, floor, storage.copy()))


def _files(storage: SimStorage) -> Files:
    return {path: bytes(inode.data) for path, inode in storage.files.items()}
