"""KeyUse: which agents opened sessions with a device's key lately. RetiredKey: a key that must not
return. ChipSecret: what a chip and the service know, and the gateway between them does not.
"""

from django.db import models

from fleet.devices.models.device import Device
from fleet.lib import clock
from fleet.lib.hashing import SHA256_HEX_LENGTH
from fleet.lib.text.json_field import JsonField

REASON_MAX: int = 300  # characters


class KeyUse(models.Model):
    """One row per device that opens sessions. `fleet.devices.keys.clones` reads and writes its
    fields.

    `recent` are the last runs of the agent that used the key, the oldest first; `evidence` is what
    made the service suspect two devices; `dismissed` are the runs that an operator has looked at.
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="key_use")
    recent = JsonField(default=list)
    evidence = JsonField(default=dict)
    dismissed = JsonField(default=list)

    def __str__(self) -> str:
        return f"key of {self.device_id}"


class RetiredKey(models.Model):
    """A key that was replaced or revoked: no device ever has it again."""

    fingerprint = models.CharField(max_length=SHA256_HEX_LENGTH, unique=True, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="retired_keys")
    reason = models.CharField(max_length=REASON_MAX)
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.fingerprint[:12]} of {self.device_id}"


class ChipSecret(models.Model):
    """The key of a chip that verifies switches itself by HMAC, sealed (`fleet.lib.db.sealed`)."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="chip_secret")
    sealed = models.CharField(max_length=256, editable=False)
    made_at = models.DateTimeField(default=clock.now, editable=False)
    made_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"chip secret of {self.device_id}"
