"""IdempotencyKey: a call that a client may send again, and what was answered the first time."""

from django.db import models
from django.db.models import Q

from fleet.access.choices import CallState
from fleet.lib.db import Timestamped
from fleet.lib.hashing import SHA256_HEX_LENGTH

CALLER_MAX: int = 120  # characters of "kind:id"
KEY_MAX: int = 128  # characters


class IdempotencyKey(Timestamped):
    """One key of one caller. `lease_until` is the fence: only the process that set it may finish
    the call.
    """

    caller = models.CharField(max_length=CALLER_MAX, editable=False)
    key = models.CharField(max_length=KEY_MAX, editable=False)
    fingerprint = models.CharField(max_length=SHA256_HEX_LENGTH, editable=False)
    state = models.CharField(
        max_length=10, choices=CallState.choices, default=CallState.RUNNING, editable=False
    )
    lease_until = models.DateTimeField(editable=False)
    # Serves the purge: rows that have expired, oldest first.
    expires_at = models.DateTimeField(db_index=True, editable=False)
    status = models.PositiveSmallIntegerField(null=True, editable=False)
    body = models.TextField(blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("caller", "key"), name="access_idempotencykey_once"),
            models.CheckConstraint(
                condition=Q(state=CallState.RUNNING)
                | Q(state=CallState.DONE, status__isnull=False),
                name="access_idempotencykey_done_has_status",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
