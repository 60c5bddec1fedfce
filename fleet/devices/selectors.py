"""Every question about devices, by name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.contrib.auth.models import User
from django.db.models import Count, Model, Q, QuerySet

from fleet.devices.choices import DeviceState, GroupKind
from fleet.devices.labels.query import matches, parse_query
from fleet.devices.labels.reasons import Reason, reasons
from fleet.devices.labels.sql import device_filter
from fleet.devices.models import (
    ClientToken,
    Device,
    DeviceCount,
    DeviceEvent,
    DeviceFilter,
    EnrolmentCode,
    Group,
    KeyUse,
)
from fleet.lib import clock
from fleet.lib.errors import NotFound
from registry.models import ModelVersion

RowT = TypeVar("RowT", bound=Model)
PREVIEW_DEVICES: Final = 20  # named in a preview


def devices(
    *,
    query: str = "",
    state: str = "",
    target: str = "",
    suspected: bool | None = None,
    behind: str = "",
) -> QuerySet[Device]:
    """Return devices, filtered; ``behind``: the public id of the gateway that they are behind.
    Raises Refused for a query that cannot be read.
    """
    found = Device.objects.select_related("gateway__group", "behind")
    if behind:
        found = found.filter(behind__public_id=behind)
    if suspected is not None:
        found = found.filter(suspected_at__isnull=not suspected)
    if query:
        found = found.filter(device_filter(parse_query(query), clock.now()))
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


def device_children(gateway: Device) -> QuerySet[Device]:
    """Return the devices behind a gateway, by name."""
    return Device.objects.filter(behind=gateway).order_by("controller_id")


def gateways() -> QuerySet[Device]:
    """Return the devices that others are behind, by name."""
    behind = Device.objects.exclude(behind=None).order_by().values("behind")
    return Device.objects.filter(pk__in=behind).order_by("name")


def device_states() -> dict[str, int]:
    """Return how many devices are in each state."""
    found = dict.fromkeys(DeviceState.values, 0)
    for kind, devices in DeviceCount.sums().items():
        found[kind.state] += devices
    return found


def devices_that_run(sender: Any, versions: Sequence[ModelVersion], **_: Any) -> list[str]:
    """The receiver of `versions_leave`: what devices say they run stays."""
    del sender
    named: dict[str, list[str]] = {}
    for version in versions:
        named.setdefault(version.model.name, []).append(version.label)
    counted = {
        model: Device.objects.exclude(state=DeviceState.DECOMMISSIONED)
        .filter(running__model=model, running__version__in=labels)
        .count()
        for model, labels in named.items()
    }
    return [
        f"{count} device{' runs' if count == 1 else 's run'} {model}"
        f"{f' {named[model][0]}' if len(named[model]) == 1 else ''}."
        for model, count in counted.items()
        if count
    ]


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
        return accepted.filter(device_filter(parse_query(group.query), clock.now()))
    return accepted.filter(device_groups=group)


def group_fitting(group: Group, query: str) -> QuerySet[Device]:
    """Return the accepted devices of a group that a device query means. Raises Refused."""
    return group_members(group).filter(device_filter(parse_query(query), clock.now()))


@dataclass(frozen=True)
class Preview:
    """Whom a query means now: `states` and `targets` count all of them, `sample` names the first
    accepted ones. With a device, `device_reasons` says why it is meant or not.
    """

    states: dict[str, int]
    targets: dict[str, int]
    sample: tuple[Device, ...]
    device_is_meant: bool | None = None
    device_reasons: tuple[Reason, ...] = ()

    @property
    def accepted(self) -> int:
        """Devices that a group with this query has now: others join it once accepted."""
        return self.states.get(DeviceState.ACCEPTED, 0)


def query_preview(query: str, *, device: Device | None = None) -> Preview:
    """Return whom a device query means. Raises Refused for one that cannot be read."""
    now, node = clock.now(), parse_query(query)
    found = Device.objects.filter(device_filter(node, now)).order_by()
    accepted = found.filter(state=DeviceState.ACCEPTED)
    states = dict(found.values_list("state").annotate(Count("pk")).order_by("state"))
    targets = dict(accepted.values_list("target").annotate(Count("pk")).order_by("target"))
    preview = Preview(states, targets, tuple(accepted.order_by("name")[:PREVIEW_DEVICES]))
    if device is None:
        return preview
    facts, silent = device.query_facts(), device.silent_seconds(now)
    return replace(
        preview,
        device_is_meant=matches(node, facts, silent),
        device_reasons=reasons(node, facts, silent),
    )


def filters_for(user: User) -> QuerySet[DeviceFilter]:
    """Return the filters of devices that a person keeps, and those that are shared with all."""
    return DeviceFilter.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")


def filter_get(public_id: str, user: User) -> DeviceFilter:
    """Return a filter that a person may see. Raises NotFound."""
    return _only(filters_for(user).filter(public_id=public_id), "filter", public_id)


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
