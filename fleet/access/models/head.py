"""AuditHead: how far the audit log went and what it hashed to, signed by the signer's audit key."""

from django.db import models

from fleet.lib import clock
from fleet.lib.db.append_only import AppendOnly
from fleet.lib.hashing import SHA256_HEX_LENGTH
from fleet.lib.text.json_field import JsonField


class AuditHead(AppendOnly):
    """One day's head. The envelope counts; the columns beside it are for people and queries."""

    entries = models.BigIntegerField(editable=False)
    head = models.CharField(max_length=SHA256_HEX_LENGTH, editable=False)
    keyid = models.CharField(max_length=128, editable=False)
    envelope = JsonField(editable=False)
    signed_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("-signed_at", "-pk")

    def __str__(self) -> str:
        return f"head of entry {self.entries}"
