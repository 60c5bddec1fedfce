"""KeyUse: which agents opened sessions with a device's key lately. RetiredKey: a key that must not
return.
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
