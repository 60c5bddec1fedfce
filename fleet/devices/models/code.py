"""EnrolmentCode: lets a number of devices join until a day. Only its keyed hash is stored."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from fleet.devices.labels.query import QUERY_MAX
from fleet.devices.models.device import NAME_MAX
from fleet.lib.db import Timestamped
from fleet.lib.hashing import SHA256_HEX_LENGTH
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.lib.text.json_field import JsonField


def code_id() -> str:
    """Return a public id for a new code."""
    return new_id("enr")


class EnrolmentCode(Timestamped):
    """One code. `labels` go to each device that joins with it."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=code_id, editable=False
    )
    name = models.CharField(max_length=NAME_MAX)
    digest = models.CharField(max_length=SHA256_HEX_LENGTH, unique=True, editable=False)
    expires_at = models.DateTimeField()
    uses = models.PositiveIntegerField()
    uses_left = models.PositiveIntegerField()
    labels = JsonField(default=dict, blank=True)
    # Devices that join are accepted at once: those that `accept_query` fits (all where it is
    # empty), and no more than `accept_left` of them (as many as may join where it is None).
    auto_accept = models.BooleanField(default=False)
    accept_query = models.CharField(max_length=QUERY_MAX, blank=True)
    accept_left = models.PositiveIntegerField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(uses_left__lte=F("uses")), name="devices_code_uses_only_shrink"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def state(self, now: datetime) -> str:
        """Return `revoked`, `expired`, `used` or `active`."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at <= now:
            return "expired"
        return "active" if self.uses_left else "used"
