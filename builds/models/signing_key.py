"""The public halves of our keys, so that every process can say whom to trust without opening
one."""

from django.db import models
from django.db.models import Q

from builds.choices import KeyRole
from fleet.lib import clock
from fleet.lib.text.json_field import JsonField


class SigningKey(models.Model):
    """One public key: the one not retired signs for its role, older ones still verify."""

    role = models.CharField(max_length=16, choices=[(role, role.title()) for role in KeyRole])
    keyid = models.CharField(max_length=128, unique=True)
    key = JsonField()  # securesystemslib's form
    created_at = models.DateTimeField(default=clock.now, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["role"],
                condition=Q(retired_at__isnull=True),
                name="signing_key_one_active_per_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.keyid[:8]}"
