"""Background work of this app; each task is one call of a service."""

from celery import shared_task

from registry import blobs


@shared_task(name="registry.tasks.blobs_sweep")
def blobs_sweep() -> int:
    """Remove what killed uploads have left."""
    return blobs.sweep()
