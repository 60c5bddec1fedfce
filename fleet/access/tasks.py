"""Background work of this app; each task is one call of a service."""

from celery import shared_task

from fleet.access.rest import idempotency


@shared_task(name="fleet.access.tasks.idempotency_purge")
def idempotency_purge() -> int:
    """Remove answered calls that have expired."""
    return idempotency.purge()
