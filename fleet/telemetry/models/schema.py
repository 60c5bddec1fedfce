"""TelemetrySchema: bins and classes that a model version owns; ReferenceProfile: its reference
in those bins.
"""

from django.db import models

from fleet.lib import clock
from fleet.lib.text.json_field import JsonField
from registry.models import ModelVersion

SCHEMA_ID_LENGTH: int = 8  # characters: four bytes in hexadecimal


class TelemetrySchema(models.Model):
    """One schema. Written once, but for `doubts`: counts are only comparable while bins stay."""

    schema_id = models.CharField(max_length=SCHEMA_ID_LENGTH, unique=True, editable=False)
    version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="telemetry_schemas"
    )
    document = JsonField(editable=False)
    # Sentences: what the judgement cannot tell of the devices that run it, and why.
    doubts = JsonField(default=list, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"{self.schema_id} of {self.version}"


class ReferenceProfile(models.Model):
    """The reference dataset's counts."""

    schema = models.OneToOneField(
        TelemetrySchema, on_delete=models.CASCADE, related_name="reference"
    )
    counts = JsonField(editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return f"reference of {self.schema}"
