"""What is removed after its time: reports by age. Rollups, ledgers and incidents stay."""

from datetime import timedelta
from typing import Final

from django.conf import settings

from fleet.lib import clock
from fleet.telemetry.models import Report

BATCH_ROWS: Final = 10_000  # rows of one run, so that no transaction grows long


def reports_purge() -> int:
    """Remove reports that are in their rollups and older than the policy; return how many."""
    oldest = clock.now() - timedelta(days=settings.EDGEFLEET_TELEMETRY_DAYS)
    old = Report.objects.filter(rolled_up=True, received_at__lt=oldest).order_by("received_at")
    keys = list(old.values_list("pk", flat=True)[:BATCH_ROWS])
    return Report.objects.filter(pk__in=keys).delete()[0]
