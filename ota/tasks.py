"""What workers run for rollouts: one line each, by key, safe to run twice."""

from celery import shared_task

from ota import services


@shared_task
def rollouts_tick() -> None:
    """Tick every live rollout."""
    services.rollouts_tick()


@shared_task
def rollout_tick(pk: int) -> None:
    """Tick one rollout."""
    services.rollout_tick(pk)
