"""Devices that a gateway names and nobody knows: registered by themselves, accepted by a person.

Guarantees: nothing is registered unless the setting allows it; a device waits in `pending` and gets
nothing until it is accepted; a gateway registers at most `PENDING_MAX` that wait, so that a stolen
token fills no table; one that was rejected or decommissioned stays so.
"""

from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.devices.choices import DeviceState, EventKind, GroupKind
from fleet.devices.enrolment.join import FOREIGN_TARGET, require_valid
from fleet.devices.models import ClientToken, Device, GroupMember
from fleet.devices.services import device_event
from fleet.devices.tokens.gateway import gateway_actor
from fleet.lib import clock
from fleet.lib.errors import NotFound, Refused

PENDING_MAX: Final = 1000  # devices that wait, of all gateways


def device_announced(token: ClientToken, controller_id: str) -> Device:
    """Return the device that a gateway names for the first time, or named before and that waits.

    Raises NotFound where it may not be registered.
    """
    known = Device.objects.filter(controller_id=controller_id).first()
    if known is not None and known.state == DeviceState.PENDING and not known.public_key:
        return known
    if known is not None or not settings.EDGEFLEET_PLUG_AND_PLAY:
        raise NotFound("There is no such device.")
    try:
        require_valid(controller_id, FOREIGN_TARGET)
    except Refused as error:
        raise NotFound("There is no such device.") from error
    return _registered(token, controller_id)


def _registered(token: ClientToken, controller_id: str) -> Device:
    device = Device(controller_id=controller_id, name=controller_id, target=FOREIGN_TARGET)
    group = token.group
    if group is None:
        raise AssertionError(token)
    fits = group.kind == GroupKind.STATIC or device.fits(group.query, clock.now())
    waiting = Device.objects.filter(state=DeviceState.PENDING).count()
    if not fits or waiting >= PENDING_MAX:
        raise NotFound("There is no such device.")
    by = gateway_actor(token)
    try:
        with transaction.atomic():
            device.save(force_insert=True)
            if group.kind == GroupKind.STATIC:
                GroupMember.objects.create(group=group, device=device)
            device_event(device, EventKind.ENROLLED, f"Registered by {by.label}")
            detail = {"controller_id": controller_id, "group": group.name}
            audit.record(
                by=by, action="devices.device_announce", subject=device.public_id, detail=detail
            )
    except IntegrityError:  # two of its calls at once
        return Device.objects.get(controller_id=controller_id)
    return device
