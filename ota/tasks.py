"""What workers run for rollouts: one line each, by key, safe to run twice."""

from celery import shared_task

from ota import services
from ota.releases.deltas import making
from ota.trust.signer import audit_checkpoint, dispatch, repository


@shared_task
def rollouts_tick() -> None:
    """Tick every live rollout."""
    services.rollouts_tick()


@shared_task
def rollout_tick(pk: int) -> None:
    """Tick one rollout."""
    services.rollout_tick(pk)


@shared_task
def requests_sign() -> None:
    """Sign what waits for it."""
    dispatch.waiting_sign()


@shared_task
def repository_maintain() -> None:
    """Sign again what grows old."""
    repository.repository_maintain()


@shared_task
def instructions_sign(rollout: int) -> None:
    """Sign what a rollout's devices are to run."""
    dispatch.instructions_sign(rollout)


@shared_task
def audit_head_sign() -> None:
    """Sign how far the audit log went."""
    audit_checkpoint.checkpoint_sign()


@shared_task
def delta_make(pk: int) -> None:
    """Make one delta."""
    making.delta_make(pk)


@shared_task
def deltas_sweep() -> None:
    """Wake deltas that dead workers left."""
    making.deltas_sweep()
