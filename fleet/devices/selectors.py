"""Every question about devices, by name."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Count, Model, QuerySet

from fleet.devices.choices import DeviceState, GroupKind
from fleet.devices.label_filter import label_filter
from fleet.devices.label_query import parse_query
from fleet.devices.models import Device, DeviceEvent, EnrolmentCode, Group
from fleet.lib.errors import NotFound

RowT = TypeVar("RowT", bound=Model)


def devices(*, query: str = "", state: str = "", target: str = "") -> QuerySet[Device]:
    """Return devices, filtered. Raises Refused for a query that cannot be read."""
    found = Device.objects.all()
    if query:
        found = found.filter(label_filter(parse_query(query)))
    if state:
        found = found.filter(state=state)
    return found.filter(target=target) if target else found


def device_get(public_id: str) -> Device:
    """Return a device by its public id. Raises NotFound."""
    return _only(Device.objects.filter(public_id=public_id), "device", public_id)


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
    accepted = Device.objects.filter(state=DeviceState.ACCEPTED)
    if group.kind == GroupKind.DYNAMIC:
        return accepted.filter(label_filter(parse_query(group.query)))
    return accepted.filter(device_groups=group)


def codes() -> QuerySet[EnrolmentCode]:
    """Return all enrolment codes."""
    return EnrolmentCode.objects.all()


def code_get(public_id: str) -> EnrolmentCode:
    """Return a code by its public id. Raises NotFound."""
    return _only(EnrolmentCode.objects.filter(public_id=public_id), "code", public_id)


def _only(found: QuerySet[RowT], kind: str, name: str) -> RowT:
    row = found.first()
    if row is None:
        raise NotFound(f"There is no {kind} {name[:80]!r}.")
    return row
