"""A gateway of the real service with simulated chips behind it, and releases of model images."""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

from builds.choices import ArtifactKind
from builds.pipeline.stages.order import BuildFile
from builds.pipeline.stages.work import Work
from device_agent.clock import Clock
from device_agent.gateway.child import ChildDevice
from device_agent.gateway.gateway import Gateway
from device_agent.gateway.house import ChildHouse, GatewayHouse, OneAtATime
from device_agent.gateway.joining import GatewayIdentity
from device_agent.gateway.line.link import Link
from device_agent.gateway.settings import ChildSettings, LineKind
from device_agent.gateway.shelf import ImageShelf
from device_agent.identity.keys import device_key, load_enrolment
from device_agent.protocol.chip.image import ModelImage, dump_model_image, target_digest
from fleet.devices.models import Device
from fleet.lib import clock
from ota import services
from ota.engine.states import ReleaseState
from ota.models import Approval, Assignment, Release
from ota.releases import artifacts as release_artifacts
from tests.agent_and_service.device import RealDevice, enrolled
from tests.agent_and_service.service_repository import ServiceRepository
from tests.builds import makers as builds
from tests.device_agent.simulators.storage import SimStorage
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.chip import MemoryLink, SimChip
from tests.simulators.toolchain import SimulatedTools

TARGET = "cortex-m4f"


def model_image(text: str, *, counter: int = 1, target: str = TARGET, size: int = 3000) -> bytes:
    """An image that a simulated chip can run."""
    header = ModelImage(0, 0, 0, 0, 0, counter, target_digest(target), bytes(32), bytes(32))
    return dump_model_image(header, text.encode().ljust(size, b"."))


@dataclass
class ImageTools(SimulatedTools):
    """A toolchain whose image is given."""

    image: bytes = b""

    def package(self, work: Work) -> tuple[BuildFile, ...]:
        """The image, and sources as every build has them."""
        *others, _ = super().package(work)
        return (*others, BuildFile(ArtifactKind.IMAGE, "model.bin", self.image))


def release(label: str, image: bytes, *, target: str = TARGET) -> Release:
    """A published release of one image."""
    version = builds.version(content=builds.FAKE_TFLITE + label.encode(), label=label)
    builds.run(builds.request(version, target), tools=ImageTools(image=image))
    made = services.release_create(by=SYSTEM, version=version)
    for artifact in release_artifacts.candidates(version):
        release_artifacts.freeze(made, artifact)
    Release.objects.filter(pk=made.pk).update(
        state=ReleaseState.PUBLISHED, published_at=clock.now()
    )
    Approval.objects.create(release=made, by="user:ben", label="ben")
    made.refresh_from_db()
    return made


class InThisThread(Executor):
    """Visits one child after the other, where the test's database is."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass
class RealGateway:
    """A device that is a gateway. What lasts over ``boot`` are the storages."""

    device: RealDevice
    links: dict[str, Link]
    settings: tuple[ChildSettings, ...]
    storages: dict[str, SimStorage] = field(default_factory=dict)
    shelf: SimStorage = field(default_factory=SimStorage)
    clock: Clock | None = None  # where real devices are waited for

    def boot(self) -> Gateway:
        """The process starts."""
        wire, now = self.device.wire, self.clock or self.device.clock
        house = GatewayHouse(
            identity=GatewayIdentity(
                load_enrolment(self.device.storage), device_key(self.device.storage)
            ),
            wire=lambda: wire,
            clock=now,
            repository=OneAtATime(ServiceRepository(wire, self.device.metadata)),
            shelf=ImageShelf(self.shelf, now),
        )
        children = [
            ChildDevice(
                each,
                self.links[each.name],
                ChildHouse(self.storages.setdefault(each.name, SimStorage()), spool_bytes=100_000),
                house,
            )
            for each in self.settings
        ]
        return Gateway(house, children, pool=InThisThread())

    def row(self, name: str) -> Device:
        return Device.objects.get(controller_id=name)


def gateway(chips: dict[str, SimChip], *, accepts: bool = True) -> RealGateway:
    """A gateway that is enrolled, with these chips on its lines."""
    device = enrolled()
    Device.objects.filter(pk=device.row.pk).update(accepts_children=accepts)
    links: dict[str, Link] = {name: MemoryLink(chip) for name, chip in chips.items()}
    settings = tuple(ChildSettings(name, LineKind.MEMORY, name) for name in chips)
    return RealGateway(device, links, settings)


def offer(rows: Sequence[Device], made: Release, group: str = "boards") -> list[Assignment]:
    """Offer a release to these."""
    rollout = makers.rollout(made, makers.group(rows, group))
    for _ in range(4):
        services.rollout_tick(rollout.pk)
    return list(Assignment.objects.filter(rollout=rollout).order_by("device__controller_id"))
