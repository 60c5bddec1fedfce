"""What hawkBit's Management API keeps here: its settings, and secrets that it shows again."""

from django.db import models

from fleet.lib.db import Timestamped
from fleet.lib.text.json_field import JsonField


class SystemConfig(Timestamped):
    """One setting that a management client has written."""

    key = models.CharField(max_length=64, unique=True)
    value = JsonField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class ShownSecret(models.Model):
    """A client token's secret, encrypted with the service's own key: hawkBit's clients read it
    again.
    """

    token = models.OneToOneField(
        "devices.ClientToken", on_delete=models.CASCADE, related_name="shown"
    )
    sealed = models.CharField(max_length=400)

    def __str__(self) -> str:
        return f"secret of {self.token_id}"
