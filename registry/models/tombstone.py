"""What was put away or deleted: the two moments on a row, and the tombstone that stays of it."""

from django.db import models

from fleet.lib import clock
from fleet.lib.db.append_only import AppendOnly
from fleet.lib.hashing import SHA256_HEX_LENGTH
from registry.choices import EntryKind

REASON_MAX: int = 300  # characters
SUBJECT_MAX: int = 80


class Retirable(models.Model):
    """A row that can be archived, and brought back; or deleted, which leaves its tombstone."""

    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class Tombstone(AppendOnly):
    """What was deleted, by whom, when and why. Its name and its digest stay taken."""

    kind = models.CharField(max_length=16, choices=EntryKind.choices)
    subject = models.CharField(max_length=SUBJECT_MAX)  # the public id; of a model its name
    title = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=SHA256_HEX_LENGTH, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    reason = models.CharField(max_length=REASON_MAX)
    by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=("kind", "subject"), name="registry_tombstone_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=EntryKind.values), name="registry_tombstone_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"

    def sentence(self) -> str:
        """Return what is told to whoever asks for what was deleted."""
        when = f"{self.created_at:%Y-%m-%d}"
        return f"The {self.kind} {self.title} was deleted on {when} by {self.by}: {self.reason}"
