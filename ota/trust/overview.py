"""The state of the repository, read from what was published: roles, keys, thresholds, expiry.

It opens no key and no key book, so that the web process can show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from tuf.api.metadata import Metadata, Root, Targets

from ota.choices import RequestState
from ota.models.repository import SigningRequest
from ota.trust.tuf import published_metadata
from ota.trust.tuf.roles import OFFLINE, ROOT, TARGETS, TOP, AlarmLevel, Validity, alarm_of


@dataclass(frozen=True)
class RoleStatus:
    """One role: its keys, their threshold, and what is left of its newest validity."""

    validity: Validity
    keyids: tuple[str, ...]
    threshold: int
    left: float  # share of the validity, 0 to 1
    level: AlarmLevel | None

    @property
    def offline(self) -> bool:
        """Whether people may hold the keys, on machines of their own."""
        return self.validity.role in OFFLINE


def roles(now: datetime) -> list[RoleStatus]:
    """Return every published role, the top ones first. Raises NotFound when the storage lost
    one.
    """
    validities = {validity.role: validity for validity in published_metadata.validities()}
    delegated = sorted(set(validities) - set(TOP))
    role_keys = _role_keys()
    return [
        _status(validities[role], *role_keys[role], now)
        for role in (*TOP, *delegated)
        if role in validities and role in role_keys
    ]


def waiting() -> QuerySet[SigningRequest]:
    """Requests that no signer has taken yet, the oldest first."""
    pending = SigningRequest.objects.filter(state=RequestState.PENDING)
    return pending.select_related("release__version__model").order_by("created_at", "pk")


def _status(
    validity: Validity, keyids: tuple[str, ...], threshold: int, now: datetime
) -> RoleStatus:
    alarm = alarm_of(validity, now)
    return RoleStatus(
        validity, keyids, threshold, validity.left(now), alarm.level if alarm else None
    )


def _role_keys() -> Mapping[str, tuple[tuple[str, ...], int]]:
    """Role to its key ids and threshold: the root names the top ones, the targets the models'."""
    root, targets = published_metadata.latest(ROOT), published_metadata.latest(TARGETS)
    named = (
        dict(Metadata[Root].from_bytes(published_metadata.data(root)).signed.roles) if root else {}
    )
    if targets:
        delegations = (
            Metadata[Targets].from_bytes(published_metadata.data(targets)).signed.delegations
        )
        named |= (delegations.roles or {}) if delegations else {}
    return {name: (tuple(role.keyids), role.threshold) for name, role in named.items()}
