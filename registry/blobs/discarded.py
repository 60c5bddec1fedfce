"""Blobs that nothing standing names any more: marked with the deletion, removed later by the sweep.

Guarantees: whoever stores the same bytes at that moment gets them stored. Both lock the blob's row,
so one of them sees what the other has done.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models.fields.reverse_related import ManyToOneRel

from fleet.lib import clock
from registry.models import Blob, Retirable


def stored(sha256: str, size_bytes: int, settle: Callable[[], None]) -> Blob:
    """Return the row of bytes that were settled just now; those that were discarded in between are
    settled again.
    """
    blob, created = Blob.objects.get_or_create(sha256=sha256, defaults={"size_bytes": size_bytes})
    if created:
        return blob
    with transaction.atomic():
        blob = Blob.objects.select_for_update(no_key=True).get(pk=sha256)
        if blob.discarded_at is not None:
            Blob.objects.filter(pk=sha256).update(discarded_at=None)
            blob.discarded_at = None
            settle()
    return blob


def discard(sha256: str) -> bool:
    """Mark a blob, in the caller's transaction, unless something that stands names it."""
    blob = Blob.objects.select_for_update().get(pk=sha256)
    if is_wanted(blob):
        return False
    Blob.objects.filter(pk=sha256).update(discarded_at=clock.now())
    return True


def is_wanted(blob: Blob) -> bool:
    """Tell whether a row of any app names the blob, and was not deleted."""
    for relation in Blob._meta.get_fields(include_hidden=True):  # noqa: SLF001 - documented
        if not isinstance(relation, ManyToOneRel):
            continue
        named = relation.related_model._base_manager.filter(**{relation.field.name: blob})  # noqa: SLF001
        if issubclass(relation.related_model, Retirable):
            named = named.filter(deleted_at=None)
        if named.exists():
            return True
    return False


def remove(erase: Callable[[str], None]) -> None:
    """Remove the bytes of every blob that is marked still."""
    for sha256 in Blob.objects.filter(discarded_at__isnull=False).values_list("pk", flat=True):
        with transaction.atomic():
            blob = Blob.objects.select_for_update(no_key=True).get(pk=sha256)
            if blob.discarded_at is not None:
                erase(sha256)
