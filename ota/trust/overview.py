"""How the repository stands, read from what was published: who must sign what, and until when.

It opens no key and no key book, so that the web process can show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from tuf.api.metadata import Metadata, Root, Targets

from ota.choices import RequestState
from ota.models.repository import SigningRequest
from ota.trust.tuf import published as ledger
from ota.trust.tuf import roles as layout
from ota.trust.tuf.roles import ROOT, TARGETS, TOP, Level, Life


@dataclass(frozen=True)
class Standing:
    """One role: its keys, how many of them must sign, and what is left of its newest life."""

    life: Life
    keyids: tuple[str, ...]
    threshold: int
    left: float  # share of the life, 0 to 1
    level: Level | None

    @property
    def offline(self) -> bool:
        """Whether people may hold the keys, on machines of their own."""
        return self.life.role in layout.OFFLINE


def roles(now: datetime) -> list[Standing]:
    """Every published role, the top ones first. Raises NotFound when the storage lost one."""
    lives = {life.role: life for life in ledger.lives()}
    delegated = sorted(set(lives) - set(TOP))
    holders = _holders()
    return [
        _standing(lives[role], *holders[role], now)
        for role in (*TOP, *delegated)
        if role in lives and role in holders
    ]


def waiting() -> QuerySet[SigningRequest]:
    """Requests that no signer has taken yet, the oldest first."""
    pending = SigningRequest.objects.filter(state=RequestState.PENDING)
    return pending.select_related("release__version__model").order_by("created_at", "pk")


def _standing(life: Life, keyids: tuple[str, ...], threshold: int, now: datetime) -> Standing:
    alarm = layout.alarm(life, now)
    return Standing(life, keyids, threshold, life.left(now), alarm.level if alarm else None)


def _holders() -> Mapping[str, tuple[tuple[str, ...], int]]:
    """Role to its key ids and threshold: the root names the top ones, the targets the models'."""
    root, targets = ledger.latest(ROOT), ledger.latest(TARGETS)
    named = dict(Metadata[Root].from_bytes(ledger.data(root)).signed.roles) if root else {}
    if targets:
        delegations = Metadata[Targets].from_bytes(ledger.data(targets)).signed.delegations
        named |= (delegations.roles or {}) if delegations else {}
    return {name: (tuple(role.keyids), role.threshold) for name, role in named.items()}
