"""Approvals of a rollout's start and of its waves, by others than who planned it."""

from django.conf import settings
from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, Forbidden
from fleet.lib.jobs import enqueue
from ota.engine.transitions import ReleaseStep
from ota.models import Rollout, RolloutApproval, RolloutEvent
from ota.models.rollout import REASON_MAX
from ota.rollouts.outside.approvals import awaited
from ota.rollouts.transitions import TICK_TASK
from ota.services.release import person, person_named


@transaction.atomic
def rollout_approve(
    *, by: Actor, rollout: Rollout, wave: int | None = None, remark: str = ""
) -> RolloutApproval:
    """Approve the start (no wave) or the next wave, whichever waits for it. Raises Forbidden for
    who planned it, Conflict where nothing waits or for a second yes of the same person.
    """
    found = awaited(Rollout.objects.select_for_update().get(pk=rollout.pk))
    meant = found.wave.index if found is not None and found.wave is not None else None
    if found is None or meant != wave:
        what = "its start" if wave is None else f"wave {wave + 1}"
        raise Conflict(f"Rollout {rollout.public_id} does not wait for an approval of {what}.")
    own = person_named(rollout.created_label) == person(by)
    if own and not settings.EDGEFLEET_SELF_APPROVAL:
        raise Forbidden(
            "A rollout has to be approved by someone other than the person who planned it."
        )
    try:
        with transaction.atomic():
            made = RolloutApproval.objects.create(
                rollout=rollout,
                wave=found.wave,
                by=person(by),
                label=by.label,
                remark=remark[:REASON_MAX],
            )
    except IntegrityError as error:
        raise Conflict("You have approved this already.", code="approved_already") from error
    _record(made, by, rollout, own=own)
    enqueue(TICK_TASK, rollout.pk)
    return made


def require_approved(rollout: Rollout) -> None:
    """Raise Conflict where the start of a draft waits for people."""
    found = awaited(rollout)
    if found is not None and found.wave is None:
        raise Conflict(found.sentence, code="approval_missing")


def _record(made: RolloutApproval, by: Actor, rollout: Rollout, *, own: bool) -> None:
    RolloutEvent.objects.create(
        rollout=rollout,
        wave=made.wave,
        step=ReleaseStep.APPROVE,
        state=made.wave.state if made.wave else rollout.state,
        text=f"approved: {made.remark}"[:REASON_MAX] if made.remark else "approved",
        actor=by.label,
        at=clock.now(),
    )
    detail = {"wave": made.wave.index if made.wave else None, "self_approval": own}
    audit.record(by=by, action="ota.rollout_approve", subject=rollout.public_id, detail=detail)
