"""Dispatch assignments: sign their instructions here, or ask the signer where this process is not
it.

* Nothing is offered that the update repository does not list.
* Signing holds the book's lock: no key is replaced between the choice of it and the commit.
"""

from typing import Final

from django.db.models import QuerySet

from builds.keyring import process as process_keys
from builds.signing import SigningError
from builds.signing.errors import SigningBusy
from builds.signing.keybook import Mark
from fleet.lib.errors import Unavailable
from fleet.lib.jobs import enqueue
from ota.engine.states import AssignmentState
from ota.models import Assignment
from ota.trust.keys import active_keys, key_store
from ota.trust.signer import repository
from ota.trust.signer.batch import instructions_offer, waiting_rows
from ota.trust.signer.signing_request import release_listed
from ota.trust.tuf.roles import ACTIONS

OFFER_TASK: Final = "ota.tasks.instructions_sign"


def instructions_ask(rollout: int, *, fresh: bool) -> int:
    """Have the rollout's waiting assignments signed; how many were, here and now.

    The signer is woken when there are `fresh` ones only, and looks by itself now and then: while it
    is away, no heap of messages grows.
    """
    if process_keys.signs_here():
        return instructions_sign(rollout)
    if fresh and _waiting(rollout).exists():
        enqueue(OFFER_TASK, rollout)
    return 0


def waiting_sign() -> int:
    """Sign all that waits: requests first, then every rollout's instructions; how many were
    offered.
    """
    repository.requests_sign()
    waiting = Assignment.objects.filter(state=AssignmentState.ASSIGNED).order_by()
    rollouts = list(waiting.values_list("rollout_id", flat=True).distinct())
    return sum(instructions_sign(rollout) for rollout in rollouts)


def instructions_sign(rollout: int) -> int:
    """Sign for every device of the rollout that waits for it; how many were offered."""
    rows = waiting_rows(rollout)
    # On the way back, rows of several earlier releases wait beside each other.
    releases = {row.release_id: row.release for row in rows}
    listed = {pk for pk, release in releases.items() if release_listed(release)}
    if not listed:
        return 0
    try:
        book = key_store.book()
        with book.locked():
            offered = [row for row in rows if row.release_id in listed]
            signer = active_keys.director(book)
            # Before any device hears of them: no other epoch of the database may use them again.
            book.mark_set({ACTIONS: Mark(max(row.pk for row in offered), "")})
            return instructions_offer(offered, signer, str(signer.public_key.keyid))
    except SigningBusy:
        return 0  # the next tick asks again
    except SigningError as error:
        raise Unavailable(str(error), code="key_unusable") from error


def _waiting(rollout: int) -> QuerySet[Assignment]:
    return Assignment.objects.filter(rollout_id=rollout, state=AssignmentState.ASSIGNED)
