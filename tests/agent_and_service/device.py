"""A whole device whose service is the real one: its views, its database, its keys."""

from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from django.conf import settings

from device_agent.agent import Agent
from device_agent.config import Config
from device_agent.errors import ModelBroken
from device_agent.identity.enrolment import enrol_device
from device_agent.identity.keys import device_key, load_enrolment
from device_agent.identity.rotation import next_key, settle_key
from device_agent.net.client import DeviceClient
from device_agent.net.session import DeviceSession
from device_agent.state.record import UpdatePhase
from fleet.devices.enrolment import codes
from fleet.devices.models import Device
from fleet.lib import clock
from ota import services
from ota.models import Assignment, Release
from tests.agent_and_service.service_repository import ServiceRepository
from tests.agent_and_service.service_wire import ServiceWire
from tests.device_agent.simulators.device import SimClock
from tests.device_agent.simulators.storage import SimStorage
from tests.ota import makers
from tests.personas import SYSTEM

CONFIG = Config(controller_id="cam-01", target=makers.TARGET)


class Prover:
    """A processor on which every model works, until a test says otherwise."""

    works = True

    def prove(self, slot: object) -> None:
        if not self.works:
            raise ModelBroken("Golden vector 0 gives other bytes than the build.")


class RealDevice:
    def __init__(self) -> None:
        self.storage, self.wire, self.clock = SimStorage(), ServiceWire(), SimClock()
        self.clock.offset = clock.now().timestamp() - self.clock.now
        self.prover = Prover()
        self.metadata = Path(mkdtemp(prefix="edgefleet-tuf-"))

    def enrol(self, code: str, *, new_key: bool = False) -> str:
        _, state = enrol_device(
            storage=self.storage,
            wire=self.wire,
            clock=self.clock,
            server_url=settings.EDGEFLEET_PUBLIC_URL,
            code=code,
            controller_id=CONFIG.controller_id,
            target=CONFIG.target,
            attributes={"hw_rev": "B2"},
            new_key=new_key,
        )
        return state

    def boot(self) -> Agent:
        known = load_enrolment(self.storage)
        session = DeviceSession(
            self.wire,
            self.clock,
            server_url=known.poll_url,
            controller_id=known.controller_id,
            key=device_key(self.storage),
            next_key=next_key(self.storage),
            settle=partial(settle_key, self.storage),
        )
        client = DeviceClient(self.wire, session, self.clock, poll_url=known.poll_url)
        repository = ServiceRepository(self.wire, self.metadata)
        return Agent(self.storage, client, known, self.prover, repository, self.clock, CONFIG)

    @property
    def row(self) -> Device:
        return Device.objects.get(controller_id=CONFIG.controller_id)


def code(*, auto_accept: bool = True) -> str:
    return codes.code_create(name="line 1", by=SYSTEM, auto_accept=auto_accept)[1]


def enrolled() -> RealDevice:
    """A device of the real service."""
    made = RealDevice()
    assert made.enrol(code()) == "accepted"
    return made


def offer(device: RealDevice, release: Release, group: str = "lab") -> Assignment:
    made = makers.rollout(release, makers.group([device.row], group))
    services.rollout_tick(made.pk)
    return Assignment.objects.get(rollout=made)


def state_of(assignment: Assignment) -> str:
    assignment.refresh_from_db()
    return str(assignment.state)


def update(agent: Agent) -> None:
    agent.visit()
    if agent.state.phase is UpdatePhase.TRIAL:
        agent.check_trial()
        agent.visit()
