"""Windows that were refused, counted by device and reason.

Guarantees: a refusal changes nothing but its own count, and a count that cannot be written never
hides the refusal.
"""

from django.db.models import F

from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.errors import FleetError
from fleet.telemetry.models import Refusal
from fleet.telemetry.models.refusal import CODE_MAX, SENTENCE_MAX


def count_refusal(device: Device, error: FleetError) -> None:
    """Count one window that was refused for this reason."""
    row, _ = Refusal.objects.get_or_create(device=device, code=error.reason[:CODE_MAX])
    Refusal.objects.filter(pk=row.pk).update(
        windows=F("windows") + 1, sentence=error.message[:SENTENCE_MAX], last_at=clock.now()
    )
