"""Whom a gateway may speak for: the accepted devices of its own group, and nobody else."""

from fleet.devices.choices import DeviceState, GroupKind
from fleet.devices.models import ClientToken, Device
from fleet.lib import clock
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.errors import NotFound


def device_spoken_for(token: ClientToken, controller_id: str) -> Device:
    """Return the device that a gateway names. Raises NotFound for any that it may not name.

    One indexed read; a device query is answered here, where its device is at hand.
    """
    rows = Device.objects.filter(controller_id=controller_id, state=DeviceState.ACCEPTED)
    group = token.group
    if group is None:
        raise AssertionError(token)
    if group.kind == GroupKind.STATIC:
        rows = rows.filter(groupmember__group=group)
    device = rows.first()
    if device is None or not (
        group.kind == GroupKind.STATIC or device.fits(group.query, clock.now())
    ):
        raise NotFound("There is no such device.")
    return device


def gateway_actor(token: ClientToken) -> Actor:
    """Return the name of a gateway for the audit log."""
    name = token.group.name if token.group else "nobody"
    return Actor(ActorKind.GATEWAY, token.public_id, f"gateway of {name}")
