"""The audit log: its entries, each with the hash of the one before, and its signed checkpoints.

The model refuses update and delete; a database trigger refuses them too (migration
`0002_audit_append_only`).
"""

from django.db import models

from fleet.access.rules.chain import ChainLink
from fleet.lib import clock
from fleet.lib.db.append_only import AppendOnly
from fleet.lib.hashing import SHA256_HEX_LENGTH
from fleet.lib.text.json_field import JsonField

LABEL_MAX: int = 200  # characters of an actor's label
WORD_MAX: int = 100  # characters of an action, a subject or an actor's id


class AuditEntry(AppendOnly):
    """One entry of the chain."""

    # Unique in both directions: two writers can neither take one place nor follow one entry.
    sequence = models.BigIntegerField(unique=True, editable=False)
    at = models.DateTimeField(editable=False)
    actor_kind = models.CharField(max_length=10, editable=False)
    actor_id = models.CharField(max_length=WORD_MAX, editable=False)
    actor_label = models.CharField(max_length=LABEL_MAX, editable=False)
    action = models.CharField(max_length=WORD_MAX, db_index=True, editable=False)
    subject = models.CharField(max_length=WORD_MAX, db_index=True, editable=False)
    detail = JsonField(default=dict, editable=False)
    prev_hash = models.CharField(max_length=SHA256_HEX_LENGTH, unique=True, editable=False)
    hash = models.CharField(max_length=SHA256_HEX_LENGTH, unique=True, editable=False)

    class Meta:
        ordering = ("-sequence",)
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action} {self.subject}"

    def link(self) -> ChainLink:
        """Return the entry as the chain sees it."""
        names = ChainLink.__dataclass_fields__
        return ChainLink(**{name: getattr(self, name) for name in names})


class AuditHead(AppendOnly):
    """One day's checkpoint: how far the log went and what it hashed to, signed by the audit key.

    The envelope counts; the columns beside it are for people and queries.
    """

    entries = models.BigIntegerField(editable=False)
    head = models.CharField(max_length=SHA256_HEX_LENGTH, editable=False)
    keyid = models.CharField(max_length=128, editable=False)
    envelope = JsonField(editable=False)
    signed_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("-signed_at", "-pk")

    def __str__(self) -> str:
        return f"head of entry {self.entries}"
