"""The published metadata: rows that are only ever added, bytes in the blob store."""

from datetime import datetime
from typing import Any

from django.db.models import Max
from tuf.api.metadata import Metadata

from ota.models.repository import TufMetadata
from ota.trust.tuf.roles import Alarm, Validity, alarm_of
from registry import blobs


def highest(role: str) -> int:
    """Return the highest version of a role, 0 for none."""
    found = TufMetadata.objects.filter(role=role).aggregate(Max("version"))
    return int(found["version__max"] or 0)


def latest(role: str) -> TufMetadata | None:
    """Return a role's newest row."""
    return TufMetadata.objects.filter(role=role).order_by("-version").first()


def row(role: str, version: int) -> TufMetadata | None:
    """Return one version of a role."""
    return TufMetadata.objects.filter(role=role, version=version).first()


def data(of: TufMetadata) -> bytes:
    """Return the bytes as they were signed, hashed again on the way."""
    return blobs.read(of.blob_id)


def add(role: str, metadata: Metadata[Any], raw: bytes, *, now: datetime) -> TufMetadata:
    """Publish. The database refuses a version that is not above all others."""
    return TufMetadata.objects.create(
        role=role,
        version=metadata.signed.version,
        blob=blobs.put_bytes(raw),
        signed_at=now,
        expires_at=metadata.signed.expires,
    )


def validities() -> list[Validity]:
    """Return the validity of each role's newest metadata."""
    roles = TufMetadata.objects.order_by().values_list("role", flat=True).distinct()
    newest = (latest(role) for role in sorted(roles))
    return [Validity(r.role, r.version, r.signed_at, r.expires_at) for r in newest if r is not None]


def alarms(now: datetime) -> list[Alarm]:
    """Return an alarm for each role that expires soon."""
    found = (alarm_of(validity, now) for validity in validities())
    return [alarm for alarm in found if alarm is not None]
