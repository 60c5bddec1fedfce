"""What every compromise drill has: a device that runs a good release, an attacker's bundle, and the
count of what was installed.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from django.db import connection
from tuf.api.exceptions import DownloadError

from device_agent.errors import AgentError
from device_agent.net.transport import Request, Response
from fleet.lib.errors import FleetError
from fleet.lib.hashing import sha256_hex
from ota import services
from ota.models import Assignment, Release
from registry import blobs
from tests.agent_and_service import releases
from tests.agent_and_service.device import RealDevice, enrolled, offer, state_of, update
from tests.agent_and_service.service_wire import ServiceWire
from tests.device_agent.simulators.bundles import bundle_of
from tests.ota import makers

EVIL = bundle_of("6.6", size=5000)
EVIL_SHA256 = sha256_hex(EVIL)


class BentWire(ServiceWire):
    """A wire on which somebody stands."""

    def __init__(self) -> None:
        super().__init__()
        self.bend: Callable[[Request, Response], bytes | None] = lambda request, answer: None

    def _ask(self, request: Request) -> Response:
        answer = super()._ask(request)
        body = self.bend(request, answer)
        if body is None:
            return answer
        headers = {**answer.headers, "content-length": str(len(body))}
        return replace(answer, status=200, headers=headers, body=body)


def victim() -> tuple[RealDevice, Release]:
    """A device that runs release 1.0 and is about to be attacked."""
    device = enrolled()
    device.wire = BentWire()
    first = releases.release("1.0")
    assignment = offer(device, first, "first")
    update(device.boot())
    assert state_of(assignment) == "succeeded"
    return device, first


def bent(device: RealDevice) -> BentWire:
    assert isinstance(device.wire, BentWire)
    return device.wire


def visits(device: RealDevice, times: int = 3) -> None:
    """The device calls as it would, whatever comes back."""
    for _ in range(times):
        with suppress(AgentError, FleetError, DownloadError):
            update(device.boot())


def ticks(assignment: Assignment) -> None:
    with suppress(FleetError):
        services.rollout_tick(assignment.rollout_id)


def installed(device: RealDevice) -> set[str]:
    """The digests of all that the device would start."""
    return {content.sha256 for content in device.boot().state.slots.values()}


def runs(device: RealDevice) -> str:
    state = device.boot().state
    assert state.active is not None
    return state.slots[state.active].sha256


def sha256_of(release: Release) -> str:
    return str(release.artifacts.get(target=makers.TARGET).sha256)


def put_evil() -> str:
    """The attacker's bundle lies in the storage."""
    return blobs.put_bytes(EVIL).sha256


def overwrite(sha256: str, data: bytes) -> None:
    """Other bytes under a digest, as who holds the storage can write."""
    storage = blobs.storage()
    storage.delete(blobs.path_of(sha256))
    with storage.open(blobs.path_of(sha256), "wb") as file:
        file.write(data)


def sql(statement: str, *values: str | int | None) -> None:
    """As who holds the database writes: past the models and their refusals."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))


def without_triggers() -> None:
    """Who owns the database drops what guards it."""
    place = " ON ota_tufmetadata" if connection.vendor == "postgresql" else ""
    for name in ("rises", "write_once"):
        sql(f"DROP TRIGGER ota_tufmetadata_{name}{place}")
