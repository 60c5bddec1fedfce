"""Policies by name: those that come with the service, and those that operators made."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, NotFound, Refused, Stale, at_field
from ota.choices import POLICY_NAME_MAX
from ota.models import RolloutPolicy
from ota.rollouts import policy

NAME: Final = re.compile(rf"[a-z0-9-]{{1,{POLICY_NAME_MAX}}}")
POLICIES_MAX: Final = 500
# A moment of one rollout, and no habit of many.
OF_ONE_ROLLOUT: Final = frozenset({"start_at"})


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy with its complete document; `shipped` ones cannot be changed."""

    name: str
    description: str
    document: Mapping[str, Any]
    shipped: bool
    row: RolloutPolicy | None = None


def all_policies() -> list[NamedPolicy]:
    """Return every policy, the shipped ones first."""
    return [*(_shipped(name) for name in policy.names()), *map(_own, RolloutPolicy.objects.all())]


def policy_get(name: str) -> NamedPolicy:
    """Return one policy. Raises NotFound."""
    if name in policy.names():
        return _shipped(name)
    row = RolloutPolicy.objects.filter(name=name).first()
    if row is None:
        raise NotFound(f"There is no policy {name[:40]!r}.")
    return _own(row)


def resolve(name: str | None, overrides: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the complete document of a named policy with the user's members on top. Raises
    Refused for a name that nobody gave.
    """
    if not name or name in policy.names():
        return policy.resolve(name, overrides)
    row = RolloutPolicy.objects.filter(name=name).first()
    if row is None:
        raise Refused(f"There is no policy {name[:40]!r}; there are {', '.join(_names())}.")
    return policy.resolve(name, overrides, {**row.document, "description": row.description})


def policy_create(
    *, name: str, by: Actor, document: Mapping[str, Any], based_on: str | None = None
) -> NamedPolicy:
    """Make a policy: members on top of another one's. Raises Refused, Conflict."""
    with at_field("name"):
        _check_name(name)
    if RolloutPolicy.objects.count() >= POLICIES_MAX:
        raise Conflict(f"There are {POLICIES_MAX} policies already; delete one.")
    fields = _fields(resolve(based_on, _habits(document)))
    try:
        with transaction.atomic():
            row = RolloutPolicy.objects.create(name=name, changed_by=by.label, **fields)
            audit.record(by=by, action="ota.policy_create", subject=name, detail={})
    except IntegrityError as error:
        message = f"There is already a policy {name!r}."
        raise Conflict(message, extra={"field": "name"}) from error
    return _own(row)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused(f"A policy's name has 1 to {POLICY_NAME_MAX} small letters, digits or '-'.")
    if name in policy.names():
        raise Conflict(f"The policy {name!r} comes with the service; take another name.")


@transaction.atomic
def policy_edit(*, name: str, by: Actor, document: Mapping[str, Any]) -> NamedPolicy:
    """Change members of a policy; what is not named stays. Rollouts keep what they have. Raises
    NotFound, Refused, Conflict, Stale.
    """
    row = _changeable(name)
    base = {**row.document, "description": row.description}
    fields = _fields(policy.resolve(name, _habits(document), base))
    expected = RolloutPolicy.objects.filter(pk=row.pk, updated_at=row.updated_at)
    if not compare_and_set(expected, changed_by=by.label, **fields):
        raise Stale("Somebody else changed this policy first.")
    audit.record(
        by=by, action="ota.policy_edit", subject=name, detail={"members": sorted(document)[:50]}
    )
    row.refresh_from_db()
    return _own(row)


@transaction.atomic
def policy_delete(*, name: str, by: Actor) -> None:
    """Remove a policy; its rollouts keep what they have. Raises NotFound, Conflict."""
    _changeable(name).delete()
    audit.record(by=by, action="ota.policy_delete", subject=name, detail={})


def _changeable(name: str) -> RolloutPolicy:
    found = policy_get(name)
    if found.row is None:
        raise Conflict(f"The policy {name!r} comes with the service; make one of your own of it.")
    return found.row


def _habits(document: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise Refused("'policy' must be a JSON object.")
    if wrong := sorted(OF_ONE_ROLLOUT & set(document)):
        raise Refused(f"'{wrong[0]}' belongs to one rollout, not to a policy.")
    return document


def _fields(document: dict[str, Any]) -> dict[str, Any]:
    description = document.pop("description")
    document.pop("name")
    return {"description": description, "document": document}


def _shipped(name: str) -> NamedPolicy:
    document = policy.resolve(name, None)
    return NamedPolicy(name, document["description"], document, shipped=True)


def _own(row: RolloutPolicy) -> NamedPolicy:
    document = policy.resolve(row.name, None, {**row.document, "description": row.description})
    return NamedPolicy(row.name, row.description, document, shipped=False, row=row)


def _names() -> Iterator[str]:
    yield from policy.names()
    yield from RolloutPolicy.objects.values_list("name", flat=True)
