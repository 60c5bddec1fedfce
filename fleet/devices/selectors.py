"""Every question about devices, by name."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Model, QuerySet

from fleet.devices.choices import DeviceState, GroupKind
from fleet.devices.labels.query import parse_query
from fleet.devices.labels.sql import label_filter
from fleet.devices.models import (
    ClientToken,
    Device,
    DeviceEvent,
    EnrolmentCode,
    Group,
    KeyUse,
)
from fleet.lib.errors import NotFound

RowT = TypeVar("RowT", bound=Model)


def devices(
    *, query: str = "", state: str = "", target: str = "", suspected: bool | None = None
) -> QuerySet[Device]:
    """Return devices, filtered. Raises Refused for a query that cannot be read."""
    found = Device.objects.select_related("gateway__group")
    if suspected is not None:
        found = found.filter(suspected_at__isnull=not suspected)
    if query:
        found = found.filter(label_filter(parse_query(query)))
    if state:
        found = found.filter(state=state)
    return found.filter(target=target) if target else found


def device_get(public_id: str) -> Device:
    """Return a device by its public id. Raises NotFound."""
    return _only(devices().filter(public_id=public_id), "device", public_id)


def device_by_controller(controller_id: str) -> Device:
    """Return a device by its own name for itself. Raises NotFound."""
    return _only(Device.objects.filter(controller_id=controller_id), "device", controller_id)


def device_timeline(device: Device) -> QuerySet[DeviceEvent]:
    """Return the device's events, the newest first."""
    return DeviceEvent.objects.filter(device=device)


def devices_silent(*, now: datetime, longer_than: timedelta) -> QuerySet[Device]:
    """Return accepted devices that were not seen for a while."""
    accepted = Device.objects.filter(state=DeviceState.ACCEPTED)
    return accepted.exclude(last_seen_at__gte=now - longer_than)


def device_states() -> dict[str, int]:
    """Return how many devices are in each state."""
    counted = Device.objects.order_by().values_list("state").annotate(Count("pk"))
    return dict.fromkeys(DeviceState.values, 0) | dict(counted)


def groups() -> QuerySet[Group]:
    """Return all groups."""
    return Group.objects.all()


def group_get(name: str) -> Group:
    """Return a group by its name or its public id. Raises NotFound."""
    found = Group.objects.filter(name=name) or Group.objects.filter(public_id=name)
    return _only(found, "group", name)


def group_members(group: Group) -> QuerySet[Device]:
    """Return the accepted devices of a group."""
    accepted = devices(state=DeviceState.ACCEPTED)
    if group.kind == GroupKind.DYNAMIC:
        return accepted.filter(label_filter(parse_query(group.query)))
    return accepted.filter(device_groups=group)


def codes() -> QuerySet[EnrolmentCode]:
    """Return all enrolment codes."""
    return EnrolmentCode.objects.all()


def code_get(public_id: str) -> EnrolmentCode:
    """Return a code by its public id. Raises NotFound."""
    return _only(EnrolmentCode.objects.filter(public_id=public_id), "code", public_id)


def tokens(holder: Device | Group) -> QuerySet[ClientToken]:
    """Return the tokens of a device or a group, the newest first."""
    return holder.tokens.all()


def token_get(holder: Device | Group, public_id: str) -> ClientToken:
    """Return one of a holder's tokens. Raises NotFound."""
    return _only(tokens(holder).filter(public_id=public_id), "token", public_id)


def key_use(device: Device) -> dict[str, Any]:
    """Return which runs used the device's key lately, and why two devices are suspected."""
    use = KeyUse.objects.filter(device=device).first() or KeyUse(device=device)
    told = use.evidence if device.suspected_at else {}
    return {
        "suspected_at": device.suspected_at,
        "sign": told.get("sign", ""),
        "runs": told.get("runs", []),
        "recent": use.recent,
    }


def _only(found: QuerySet[RowT], kind: str, name: str) -> RowT:
    row = found.first()
    if row is None:
        raise NotFound(f"There is no {kind} {name[:80]!r}.")
    return row
