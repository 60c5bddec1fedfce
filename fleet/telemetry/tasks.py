"""What workers do for this app; each task is one line."""

from celery import shared_task

from fleet.telemetry.counts import retention, rollup
from fleet.telemetry.figures import push
from fleet.telemetry.monitor import assess


@shared_task
def drift_assess() -> None:
    """Judge every version that has news."""
    assess.drift_assess()


@shared_task
def rollups_refresh() -> None:
    """Bring the sums up to date."""
    rollup.rollups_refresh()


@shared_task
def reports_purge() -> None:
    """Remove old reports."""
    retention.reports_purge()


@shared_task
def metrics_push() -> None:
    """Push metrics, where a collector is named."""
    push.metrics_push()
