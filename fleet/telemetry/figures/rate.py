"""How much devices report on a model: what a plan's power is reckoned from."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Avg, Min

from fleet.lib import clock
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.judgement.limits import LEARN_STEPS
from fleet.telemetry.models import Rollup
from registry.models import Model

BUCKETS: Final = 6  # newest whole buckets that the rate is taken from


def usual_rate(model: Model) -> tuple[float | None, int]:
    """Return inferences of one device in an hour, None when nobody reports, and hours of past."""
    seconds = settings.EDGEFLEET_ROLLUP_SECONDS
    end = bucket(clock.now(), seconds)
    rows = Rollup.objects.filter(schema__version__model=model, bucket_at__lt=end)
    lately = rows.filter(
        level=RollupLevel.DEVICE, bucket_at__gte=end - timedelta(seconds=BUCKETS * seconds)
    )
    mean = lately.aggregate(mean=Avg("samples"))["mean"]
    week = rows.filter(level=RollupLevel.VERSION, bucket_at__gte=end - timedelta(hours=LEARN_STEPS))
    first = week.aggregate(first=Min("bucket_at"))["first"]
    past = int((end - first).total_seconds() // 3600) if first else 0
    return (mean * 3600 / seconds if mean else None), past
