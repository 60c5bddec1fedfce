"""Blob: bytes known by their digest. The bytes lie in the blob storage, the row says that they are
whole.
"""

from django.db import models

from fleet.lib import clock
from fleet.lib.db.append_only import SavedOnce
from fleet.lib.hashing import SHA256_HEX_LENGTH


class Blob(SavedOnce):
    """Written once; the same bytes are stored once, whoever pushes them."""

    sha256 = models.CharField(max_length=SHA256_HEX_LENGTH, primary_key=True)
    size_bytes = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=clock.now, editable=False)
    # Nothing that stands names it: its bytes go, and come back with whoever stores them again.
    discarded_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="registry_blob_sha256"
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]
