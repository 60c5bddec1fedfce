"""A gateway from its settings: a folder, a link and a visit for each child."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.clock import SystemClock
from device_agent.config import Config
from device_agent.errors import Misconfigured
from device_agent.gateway.child import ChildDevice
from device_agent.gateway.gateway import Gateway
from device_agent.gateway.house import ChildHouse, GatewayHouse, OneAtATime
from device_agent.gateway.joining import GatewayIdentity
from device_agent.gateway.line.link import Link
from device_agent.gateway.line.port_link import PortLink
from device_agent.gateway.settings import ChildSettings, LineKind, children_of
from device_agent.gateway.shelf import ImageShelf
from device_agent.identity.keys import Enrolment
from device_agent.net.transport import Wire
from device_agent.storage.port import FileStorage
from device_agent.update.repository import Repository

NAMED = "named"  # the folder of the children's own folders


def open_gateway(
    config: Config,
    folder: FileStorage,
    identity: tuple[Enrolment, Ed25519PrivateKey],
    repository: Repository,
    wire: Callable[[], Wire],
) -> Gateway:
    """Return the gateway, not yet begun. Raises ``Misconfigured``."""
    if config.children_at_once < 1:
        raise Misconfigured("At least one child must be visited at once.")
    clock = SystemClock()
    house = GatewayHouse(
        identity=GatewayIdentity(*identity),
        wire=wire,
        clock=clock,
        repository=OneAtATime(repository),
        shelf=ImageShelf(folder, clock),
        held=lambda: bool(config.hold_file) and Path(config.hold_file).exists(),
    )
    children = []
    for settings in children_of(list(config.children)):
        if settings.transport is LineKind.MEMORY:
            raise Misconfigured("A child in memory has no place in a configuration.")
        own = FileStorage(folder.root / NAMED / settings.name)
        child = ChildHouse(own, spool_bytes=config.spool_bytes)
        children.append(ChildDevice(settings, link_of(settings), child, house))
    pool = ThreadPoolExecutor(config.children_at_once, thread_name_prefix="child")
    return Gateway(house, children, pool=pool, visit_seconds=config.child_seconds)


def link_of(settings: ChildSettings) -> Link:
    """Return the way to a child. Raises ``Misconfigured``."""
    if settings.transport is LineKind.OWN:
        return PortLink(settings)
    from device_agent.gateway.line.smp_link import SmpLink  # noqa: PLC0415 - wants the extra

    return SmpLink(settings)
