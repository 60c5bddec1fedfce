"""Archiving what is no longer used, and deleting it.

Guarantees: what devices run, a rollout takes, an alias names or a version was made with goes
nowhere, and the refusal says all that holds it. Archiving can be undone. Deleting cannot: the name,
the digest, and who did it when and why stay as a tombstone, and the name is never used again.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from django.db import transaction

from fleet.access import audit
from fleet.lib import clock, text
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Refused, Stale
from registry.blobs.discarded import discard
from registry.choices import EntryKind, VersionState
from registry.models import (
    REASON_MAX,
    Alias,
    Dataset,
    Model,
    ModelVersion,
    Tombstone,
    VersionDataset,
)
from registry.signals import versions_leave

Entry: TypeAlias = Model | ModelVersion | Dataset


def entry_holds(entry: Entry, *, deleting: bool) -> list[str]:
    """Return what keeps an entry from being archived or deleted, a sentence each; none: nothing."""
    if transaction.get_connection().in_atomic_block and not isinstance(entry, ModelVersion):
        # Whoever pushes a version locks the same row, so one sees what the other has done.
        type(entry)._base_manager.select_for_update(no_key=True).get(pk=entry.pk)  # noqa: SLF001
    if isinstance(entry, Dataset):
        return _holds_dataset(entry) if deleting else []
    versions = _versions_of(entry)
    if not versions:
        return []
    said = [
        f"The alias {alias.name} points at {alias.version}."
        for alias in Alias.objects.filter(version__in=versions).select_related("version__model")
    ]
    if any(version.state == VersionState.PENDING for version in versions):
        said.append("Its file is being checked.")
    news = versions_leave.send(sender=ModelVersion, versions=versions, deleting=deleting)
    return said + [sentence for _, sentences in news for sentence in sentences or ()]


@transaction.atomic
def entry_archive(*, entry: Entry, by: Actor, reason: str = "") -> None:
    """Take an entry out of the lists; nothing new is made of it until it is brought back. Raises
    Conflict while something holds it.
    """
    _require_free(entry, reason, deleting=False)
    standing = _rows(entry).filter(archived_at=None)
    if compare_and_set(standing, archived_at=clock.now()):
        _record("archive", entry, by, reason)


@transaction.atomic
def entry_restore(*, entry: Entry, by: Actor, reason: str = "") -> None:
    """Bring an archived entry back."""
    _require_reason(reason)
    archived = _rows(entry).filter(archived_at__isnull=False)
    if compare_and_set(archived, archived_at=None):
        _record("restore", entry, by, reason)


@transaction.atomic
def entry_delete(*, entry: Entry, by: Actor, reason: str) -> Tombstone:
    """Delete an entry, a model with all its versions; its tombstone stays. Raises Conflict while
    something holds it, Refused without a reason.
    """
    if not reason.strip():
        raise Refused("Deleting needs a reason.", extra={"field": "reason"})
    _require_free(entry, reason, deleting=True)
    with_it: list[Entry] = [*_versions_of(entry)] if isinstance(entry, Model) else []
    stones = [_bury(one, by, reason) for one in (*with_it, entry)]
    for one, stone in zip((*with_it, entry), stones, strict=True):
        _record("delete", one, by, reason, sha256=stone.sha256)
    return stones[-1]


def kind_of(entry: Entry) -> EntryKind:
    """Return what an entry is."""
    if isinstance(entry, Model):
        return EntryKind.MODEL
    return EntryKind.DATASET if isinstance(entry, Dataset) else EntryKind.VERSION


def _versions_of(entry: Model | ModelVersion) -> Sequence[ModelVersion]:
    """The versions that go with an entry, locked, so that nothing new is made of them."""
    named = {"model": entry} if isinstance(entry, Model) else {"pk": entry.pk}
    rows = ModelVersion.objects.filter(**named, deleted_at=None).select_related("model", "blob")
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update(of=("self",))
    return list(rows.order_by("pk"))


def _holds_dataset(dataset: Dataset) -> list[str]:
    uses = VersionDataset.objects.filter(dataset=dataset, version__deleted_at=None)
    count = uses.values("version").distinct().count()
    if not count:
        return []
    return [f"{count} version{' was' if count == 1 else 's were'} made or measured with it."]


def _require_free(entry: Entry, reason: str, *, deleting: bool) -> None:
    _require_reason(reason)
    if said := entry_holds(entry, deleting=deleting):
        word = "deleted" if deleting else "archived"
        raise Conflict(
            f"{entry} cannot be {word} now. {' '.join(said)}", code="held", extra={"held_by": said}
        )


def _require_reason(reason: str) -> None:
    if len(reason) > REASON_MAX:
        message = f"A reason has at most {REASON_MAX} characters."
        raise Refused(message, extra={"field": "reason"})
    if unfit := text.fault(reason):  # before the tombstone: PostgreSQL would fail on it
        raise Refused(f"A reason {unfit}", extra={"field": "reason"})


def _bury(entry: Entry, by: Actor, reason: str) -> Tombstone:
    if not compare_and_set(_rows(entry), deleted_at=clock.now()):
        raise Stale("Somebody else deleted it first.")
    blob = None if isinstance(entry, Model) else entry.blob
    if blob:
        discard(blob.sha256)
    return Tombstone.objects.create(
        kind=kind_of(entry),
        subject=_subject(entry),
        title=str(entry),
        sha256=blob.sha256 if blob else "",
        size_bytes=blob.size_bytes if blob else 0,
        reason=reason.strip(),
        by=by.label,
    )


def _rows(entry: Entry) -> Any:
    return type(entry).objects.filter(pk=entry.pk, deleted_at=None)


def _subject(entry: Entry) -> str:
    return entry.name if isinstance(entry, Model) else entry.public_id


def _record(act: str, entry: Entry, by: Actor, reason: str, **more: str) -> None:
    detail = {"title": str(entry), "reason": reason.strip(), **more}
    action = f"registry.{kind_of(entry)}_{act}"
    audit.record(by=by, action=action, subject=_subject(entry), detail=detail)
