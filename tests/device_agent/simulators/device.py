"""A whole device in memory: the real agent over simulated storage, wire, processor and clock."""

from functools import partial

from device_agent.agent import Agent
from device_agent.config import Config
from device_agent.errors import ModelBroken, Unverified
from device_agent.identity.enrolment import enrol_device
from device_agent.identity.keys import device_key, load_enrolment
from device_agent.identity.rotation import next_key, rotate_key, settle_key
from device_agent.net.client import DeviceClient
from device_agent.net.session import DeviceSession
from device_agent.protocol.manifest import LIBRARY
from device_agent.state.record import Slot, UpdatePhase
from device_agent.state.slots import folder
from device_agent.storage.port import Storage
from device_agent.update.repository import LookupResult
from tests.device_agent.simulators.bundles import TARGET, WRONG
from tests.device_agent.simulators.service import CODE, ISSUED_AT, SimService
from tests.device_agent.simulators.storage import SimStorage
from tests.device_agent.simulators.wire import SimWire

CONFIG = Config(controller_id="dev-1", target=TARGET)


class SimClock:
    def __init__(self, wall: float = ISSUED_AT + 60.0) -> None:
        self.now, self.offset = 1000.0, wall - 1000.0

    def uptime(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now + self.offset

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class SimProver:
    """A processor that can read: a library that begins with WRONG gives wrong answers."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.proven: list[bytes] = []

    def prove(self, slot: Slot) -> None:
        library = self._storage.read(f"{folder(slot)}/{LIBRARY}", limit=64) or b""
        self.proven.append(library)
        if library.startswith(WRONG):
            raise ModelBroken("Golden vector 0 gives other bytes than the build.")


class SimRepository:
    """What the repository says, without its signatures: those are python-tuf's to verify."""

    def __init__(self, service: SimService) -> None:
        self._service = service
        self.asked_at: list[float] = []

    def look_up(self, url: str, path: str, *, root: bytes, now: float) -> LookupResult:
        self.asked_at.append(now)
        if root != self._service.tuf_root or (path and path not in self._service.described):
            raise Unverified("The repository is not to be trusted: no such target.")
        return LookupResult(self._service.described.get(path), self._service.key_set)


class SimDevice:
    """What stays when the power goes is ``storage``; ``boot`` starts the agent on it."""

    def __init__(self, service: SimService, *, config: Config = CONFIG) -> None:
        self.service, self.config = service, config
        self.wire, self.clock = SimWire(service), SimClock()
        self.storage = SimStorage()
        self.repository = SimRepository(service)

    def enrol(self, *, new_key: bool = False) -> None:
        enrol_device(
            storage=self.storage,
            wire=self.wire,
            clock=self.clock,
            server_url=self.service.base,
            code=CODE,
            controller_id=self.config.controller_id,
            target=self.config.target,
            attributes={},
            new_key=new_key,
        )

    def rotate_key(self) -> str:
        known = load_enrolment(self.storage)
        return rotate_key(storage=self.storage, wire=self.wire, clock=self.clock, enrolment=known)

    def boot(self) -> Agent:
        enrolment = load_enrolment(self.storage)
        session = DeviceSession(
            self.wire,
            self.clock,
            server_url=enrolment.poll_url,
            controller_id=enrolment.controller_id,
            key=device_key(self.storage),
            next_key=next_key(self.storage),
            settle=partial(settle_key, self.storage),
        )
        client = DeviceClient(self.wire, session, self.clock, poll_url=enrolment.poll_url)
        return Agent(
            self.storage,
            client,
            enrolment,
            SimProver(self.storage),
            self.repository,
            self.clock,
            self.config,
        )

    def update(self, agent: Agent) -> None:
        """A visit, a trial judged by the golden vectors, and a visit that tells of it."""
        agent.visit()
        if agent.state.phase is UpdatePhase.TRIAL:
            agent.check_trial()
            agent.visit()


def enrolled_device(config: Config = CONFIG) -> SimDevice:
    device = SimDevice(SimService(), config=config)
    device.enrol()
    return device
