"""What workers do for this app; each task is one line."""

from celery import shared_task

from fleet.telemetry.alerts import evaluate, rules
from fleet.telemetry.field.capture import settle
from fleet.telemetry.field.truth import watch
from fleet.telemetry.figures import push
from fleet.telemetry.ingest.counts import retention, rollup
from fleet.telemetry.monitor.notifications import deliver


@shared_task
def drift_assess() -> None:
    """Judge every version that has news, and look at it with every rule."""
    evaluate.assess_and_tell()


@shared_task
def concepts_assess() -> None:
    """Judge every version that has true labels."""
    watch.concepts_assess()


@shared_task
def rollups_refresh() -> None:
    """Bring the sums up to date."""
    rollup.rollups_refresh()


@shared_task
def reports_purge() -> None:
    """Remove old reports."""
    retention.reports_purge()


@shared_task
def captures_settle() -> None:
    """Open the samples of captures that are over."""
    settle.captures_settle()


@shared_task
def deliveries_send() -> None:
    """Send the messages that are due."""
    deliver.deliveries_send()


@shared_task
def deliveries_purge() -> None:
    """Remove old messages."""
    deliver.deliveries_purge()


@shared_task
def backtest_run(run_id: int) -> None:
    """Try a draft of a rule on the stored windows."""
    rules.backtest_run(run_id)


@shared_task
def backtests_sweep() -> None:
    """Wake back-tests that were lost."""
    rules.backtests_sweep()


@shared_task
def metrics_push() -> None:
    """Push metrics, where a collector is named."""
    push.metrics_push()
