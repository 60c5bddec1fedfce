"""ClientToken: the bearer secret of a DDI client that knows no sessions, or of a group's gateway.
Only its keyed hash is stored.

Guarantees: a holder has at most one newest token, and the one before it until that ends.
"""

from datetime import datetime

from django.db import models
from django.db.models import Q

from fleet.devices.models.device import Device
from fleet.devices.models.group import Group
from fleet.lib.db import Timestamped
from fleet.lib.hashing import SHA256_HEX_LENGTH
from fleet.lib.ids import MAX_LENGTH, new_id


def token_id() -> str:
    """Return a public id for a new token."""
    return new_id("ctk")


class ClientToken(Timestamped):
    """A target token has a device, a gateway token a group. `ends_at` is set once another follows
    it, or once it is retired.
    """

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=token_id, editable=False
    )
    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens"
    )
    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens"
    )
    digest = models.CharField(max_length=SHA256_HEX_LENGTH, unique=True, editable=False)
    made_by = models.CharField(max_length=200)
    newest = models.BooleanField(default=True)
    used = models.BooleanField(default=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(device__isnull=True) ^ Q(group__isnull=True),
                name="devices_token_has_one_holder",
            ),
            # Two operators who make a token at once: one of them is told so.
            models.UniqueConstraint(
                fields=("device",), condition=Q(newest=True), name="devices_token_newest_of_device"
            ),
            models.UniqueConstraint(
                fields=("group",), condition=Q(newest=True), name="devices_token_newest_of_group"
            ),
            models.CheckConstraint(
                condition=Q(newest=True, ends_at=None) | Q(newest=False, ends_at__isnull=False),
                name="devices_token_only_newest_has_no_end",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    def state(self, now: datetime) -> str:
        """Return `active`, `ending` (another took its place) or `retired`."""
        if self.ends_at is None:
            return "active"
        return "ending" if self.ends_at > now else "retired"
