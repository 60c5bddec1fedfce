"""Background work of this app; each task is one call of a service."""

from celery import shared_task

from fleet.access.rest import idempotency
from fleet.access.trusted import publishers


@shared_task(name="fleet.access.tasks.idempotency_purge")
def idempotency_purge() -> int:
    """Remove answered calls that have expired."""
    return idempotency.purge()


@shared_task(name="fleet.access.tasks.identities_purge")
def identities_purge() -> int:
    """Remove identities of CI jobs that have expired."""
    return publishers.purge()
