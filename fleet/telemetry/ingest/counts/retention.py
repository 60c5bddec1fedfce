"""What is removed after its time: reports by age, then the notes of which of them are labelled.

Rollups, counts of labels, ledgers and incidents stay.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from fleet.lib import clock
from fleet.lib.jobs import turns
from fleet.telemetry.models import LabelledItem, Report

BATCH_ROWS: Final = 10_000  # rows of one transaction, so that none grows long
PURGE_TASK: Final = "fleet.telemetry.tasks.reports_purge"


def reports_purge() -> int:
    """Remove reports that are in their rollups and older than the policy; return how many.

    A bucket that may still get a late report keeps all of its reports: it is summed from them.
    """
    now = clock.now()
    return turns.drained(PURGE_TASK, lambda: _purge_batch(now))


def _purge_batch(now: datetime) -> turns.Batch:
    late = settings.EDGEFLEET_TELEMETRY_LATENESS_SECONDS + settings.EDGEFLEET_ROLLUP_SECONDS
    old = Report.objects.filter(
        rolled_up=True,
        received_at__lt=now - timedelta(days=settings.EDGEFLEET_TELEMETRY_DAYS),
        bucket_at__lt=now - timedelta(seconds=late),
    ).order_by("received_at")
    keys = list(old.values_list("pk", flat=True)[:BATCH_ROWS])
    count = Report.objects.filter(pk__in=keys).delete()[0]
    if len(keys) == BATCH_ROWS:
        return turns.Batch(count, more=True)
    # Later than the reports: what can still be labelled must be known to be labelled.
    ended = now - timedelta(days=settings.EDGEFLEET_TELEMETRY_DAYS, seconds=late)
    items = LabelledItem.objects.filter(received_at__lt=ended).order_by("received_at")
    keys = list(items.values_list("pk", flat=True)[:BATCH_ROWS])
    count += LabelledItem.objects.filter(pk__in=keys).delete()[0]
    return turns.Batch(count, more=len(keys) == BATCH_ROWS)
