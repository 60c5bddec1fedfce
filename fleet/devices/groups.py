"""Changes of groups. Each is one transaction with its audit entry."""

import re
from collections.abc import Collection
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from fleet.access import audit
from fleet.devices.choices import DeviceState, GroupKind
from fleet.devices.labels import query as label_query
from fleet.devices.models import Device, Group, GroupMember
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, NotFound, Refused, Stale

NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
DESCRIPTION_MAX: Final = 300  # characters
MEMBERS_MAX: Final = 10_000  # devices named in one call


def group_create(
    *, name: str, by: Actor, query: str = "", description: str = "", members: Collection[str] = ()
) -> Group:
    """Make a group: dynamic with a query, static without. Raises Refused, Conflict, NotFound."""
    _require_valid(name, query, description)
    if query and members:
        raise Refused("A group has a query or a list of members, not both.")
    kind = GroupKind.DYNAMIC if query else GroupKind.STATIC
    try:
        return _create(
            Group(name=name, kind=kind, query=query, description=description), members, by
        )
    except IntegrityError as error:
        raise Conflict(f"There is already a group {name!r}.") from error


@transaction.atomic
def group_edit(
    *, group: Group, by: Actor, query: str | None = None, description: str | None = None
) -> Group:
    """Change the query of a dynamic group, or a description. Raises Refused, Stale."""
    changes: dict[str, Any] = {}
    if query is not None:
        if group.kind != GroupKind.DYNAMIC:
            raise Refused(f"{group.name!r} is a list of devices and has no query.")
        label_query.parse_query(query)
        changes["query"] = query
    if description is not None:
        changes["description"] = description
    _require_valid(group.name, query or "", description or "")
    expected = Group.objects.filter(pk=group.pk, updated_at=group.updated_at)
    if not compare_and_set(expected, **changes):
        raise Stale("Somebody else changed this group first.")
    audit.record(by=by, action="devices.group_edit", subject=group.public_id, detail=changes)
    group.refresh_from_db()
    return group


@transaction.atomic
def group_members_change(
    *, group: Group, by: Actor, add: Collection[str] = (), remove: Collection[str] = ()
) -> Group:
    """Add and remove devices by public id. Raises Refused, NotFound."""
    if group.kind != GroupKind.STATIC:
        raise Refused(f"The members of {group.name!r} are found by its query.")
    joining, leaving = _devices(add), _devices(remove)
    GroupMember.objects.filter(group=group, device__in=leaving).delete()
    rows = [GroupMember(group=group, device=device) for device in joining]
    GroupMember.objects.bulk_create(rows, ignore_conflicts=True)
    detail = {"add": len(joining), "remove": len(leaving), "devices": sorted({*add, *remove})[:50]}
    audit.record(by=by, action="devices.group_members", subject=group.public_id, detail=detail)
    return group


@transaction.atomic
def group_delete(*, group: Group, by: Actor) -> None:
    """Remove a group; its devices stay. Raises Conflict while something still needs it."""
    detail = {"name": group.name, "query": group.query}
    try:
        group.delete()
    except ProtectedError as error:
        raise Conflict(f"{group.name!r} is used by a rollout and stays.", code="in_use") from error
    audit.record(by=by, action="devices.group_delete", subject=group.public_id, detail=detail)


@transaction.atomic
def _create(group: Group, members: Collection[str], by: Actor) -> Group:
    devices = _devices(members)
    group.save(force_insert=True)
    GroupMember.objects.bulk_create(GroupMember(group=group, device=device) for device in devices)
    detail = {"name": group.name, "query": group.query, "members": len(devices)}
    audit.record(by=by, action="devices.group_create", subject=group.public_id, detail=detail)
    return group


def _devices(public_ids: Collection[str]) -> list[Device]:
    wanted = set(public_ids)
    if len(wanted) > MEMBERS_MAX:
        raise Refused(f"One call names at most {MEMBERS_MAX} devices.")
    live = Device.objects.exclude(state=DeviceState.DECOMMISSIONED)
    found = list(live.filter(public_id__in=wanted))
    if missing := wanted - {device.public_id for device in found}:
        raise NotFound(f"There is no device {min(missing)!r}.")
    return found


def _require_valid(name: str, query: str, description: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused("A group's name has 1 to 64 letters, digits, '.', '_' or '-'.")
    if len(description) > DESCRIPTION_MAX:
        raise Refused(f"A description has at most {DESCRIPTION_MAX} characters.")
    if query:
        label_query.parse_query(query)
