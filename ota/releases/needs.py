"""What a release asks of its devices' other components: `firmware>=1.4`.

Checked where devices are planned, and once more by each device, from its signed instruction. The
way back asks nothing: the device ran that before.
"""

from collections.abc import Iterable

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.instruction import NEEDS_MAX, parse_need, unmet
from fleet.devices.models import Device
from fleet.lib.errors import Refused
from ota.engine.states import Kind
from ota.models import Assignment, Release


def checked_needs(needs: Iterable[str]) -> list[str]:
    """Return needs as they are kept. Raises Refused."""
    try:
        found = [str(parse_need(each)) for each in needs]
    except ProtocolError as error:
        raise Refused(str(error)) from error
    if len(found) > NEEDS_MAX:
        raise Refused(f"A release has at most {NEEDS_MAX} needs, not {len(found)}.")
    return list(dict.fromkeys(found))


def unmet_by(release: Release, device: Device) -> str:
    """Return why a device cannot take a release yet; or nothing."""
    has = {**device.attributes, "model": str(device.running.get("version", ""))}
    return unmet(release.needs, has)


def told_to(row: Assignment) -> tuple[str, ...]:
    """Return what the device of an assignment has to check itself."""
    return tuple(row.release.needs) if row.kind == Kind.UPDATE else ()
