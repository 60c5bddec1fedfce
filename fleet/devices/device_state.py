"""What a device's state means for its own requests. Pure."""

from fleet.devices.choices import DeviceState
from fleet.devices.models import Device
from fleet.lib.errors import Forbidden, Gone


def require_accepted(device: Device) -> None:
    """Raise Gone for a decommissioned device, Forbidden for one that waits or was rejected."""
    match device.state:
        case DeviceState.ACCEPTED:
            return
        case DeviceState.DECOMMISSIONED:
            raise Gone("This device was decommissioned.", code="decommissioned")
        case DeviceState.PENDING:
            raise Forbidden("This device waits until an operator accepts it.", code="pending")
        case _:
            raise Forbidden("This device was rejected.", code="rejected")
