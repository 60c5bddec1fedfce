"""Filters of the list of devices that people keep. Each change is one transaction with its audit
entry.

Guarantees: only what the list understands is kept; a query is read before; a person has at most
`FILTERS_MAX`, each name once; nobody changes another's.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.devices.choices import FILTER_NAME_MAX, DeviceState
from fleet.devices.labels.query import QUERY_MAX, parse_query
from fleet.devices.models import DeviceFilter
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Forbidden, Refused, Stale, at_field

FILTERS_MAX: Final = 100  # of one person
FIELDS: Final = (
    "q", "state", "target", "version", "seen", "gateway", "incident", "shared", "sort",
)  # fmt: skip
WORD: Final = re.compile(r"[\w.-]{1,64}")  # a part of a name, and no query
VERSION: Final = re.compile(r'[^"]{1,128}')
# What can be chosen, and the device query that it stands for.
SEEN: Final[Mapping[str, str]] = {
    "within 1h": "device/seen within 1h",
    "within 24h": "device/seen within 24h",
    "silent 24h": "not device/seen within 24h",
    "silent 7d": "not device/seen within 7d",
}
_MARKS: Final = {"shared"}  # asked for by being there
SORTED_BY: Final = ("name", "target", "state", "seen")


@transaction.atomic
def filter_create(
    *, owner: User, name: str, asked: Mapping[str, str], by: Actor, shared: bool = False
) -> DeviceFilter:
    """Keep a filter for its owner, or for everybody who sees devices. Raises Refused, Conflict."""
    row = DeviceFilter(
        owner=owner, name=_checked_name(name), asked=checked_filter(asked), shared=shared
    )
    if DeviceFilter.objects.filter(owner=owner).count() >= FILTERS_MAX:
        raise Conflict(f"You keep {FILTERS_MAX} filters already: delete one first.")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise _is_taken(name) from error
    _record(row, "create", by, asked=row.asked)
    return row


@transaction.atomic
def filter_edit(
    *,
    kept: DeviceFilter,
    owner: User,
    by: Actor,
    name: str | None = None,
    asked: Mapping[str, str] | None = None,
    shared: bool | None = None,
) -> DeviceFilter:
    """Change some of a filter of one's own. Raises Forbidden, Refused, Conflict, Stale."""
    _require_own(kept, owner)
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = _checked_name(name)
    if asked is not None:
        changes["asked"] = checked_filter(asked)
    if shared is not None:
        changes["shared"] = shared
    expected = DeviceFilter.objects.filter(pk=kept.pk, updated_at=kept.updated_at)
    try:
        with transaction.atomic():
            done = compare_and_set(expected, **changes)
    except IntegrityError as error:
        raise _is_taken(name or "") from error
    if not done:
        raise Stale("Somebody else changed this filter first.")
    kept.refresh_from_db()
    _record(kept, "edit", by, changed=sorted(changes))
    return kept


@transaction.atomic
def filter_delete(*, kept: DeviceFilter, owner: User, by: Actor) -> None:
    """Forget a filter of one's own. Raises Forbidden."""
    _require_own(kept, owner)
    _record(kept, "delete", by)
    kept.delete()


def checked_filter(asked: Mapping[str, str]) -> dict[str, str]:
    """Return what the list of devices understands of a filter. Raises Refused for the rest."""
    if unknown := sorted(set(asked) - set(FIELDS)):
        raise Refused(f"A filter has no field {unknown[0][:40]!r}; it has {', '.join(FIELDS)}.")
    found = {name: asked[name] for name in FIELDS if asked.get(name) or name in _MARKS & {*asked}}
    if not set(found) - {"sort"}:
        raise Refused("There is nothing to keep: filter the list first.")
    for name, value in found.items():
        if len(value) > QUERY_MAX:
            raise Refused(f"{name!r} has more than {QUERY_MAX} characters.")
    text = found.get("q", "")
    if text and not WORD.fullmatch(text):
        with at_field("q"):
            parse_query(text)
    if (version := found.get("version")) and not VERSION.fullmatch(version):
        raise Refused("A version has no quotes, and at most 128 characters.")
    _require_known("state", found, DeviceState.values)
    _require_known("seen", found, list(SEEN))
    _require_known("sort", found, [f"{sign}{key}" for key in SORTED_BY for sign in ("", "-")])
    return found


def _require_known(name: str, found: Mapping[str, str], known: list[str]) -> None:
    if name in found and found[name] not in known:
        raise Refused(f"{name!r} must be one of {', '.join(known)}.")


def _require_own(kept: DeviceFilter, owner: User) -> None:
    if kept.owner_id != owner.pk:
        raise Forbidden(f"This filter is of {kept.owner.get_username()}, who alone changes it.")


def _checked_name(name: str) -> str:
    if not name.strip() or name != name.strip() or len(name) > FILTER_NAME_MAX:
        raise Refused(
            f"A filter needs a name of at most {FILTER_NAME_MAX} characters, without spaces at its "
            "ends.",
            extra={"field": "name"},
        )
    return name


def _is_taken(name: str) -> Conflict:
    return Conflict(f"You keep a filter {name!r} already.", extra={"field": "name"})


def _record(row: DeviceFilter, act: str, by: Actor, **detail: Any) -> None:
    action = f"devices.filter_{act}"
    told = {"name": row.name, "shared": row.shared, **detail}
    audit.record(by=by, action=action, subject=row.public_id, detail=told)
