"""Answers to the checks of rollouts, and asking again.

* A fail is final; until a wave has passed, any other word may be replaced by a newer one.
* The same word twice is one word.
"""

from typing import Final

from django.db import transaction
from django.db.models import Q

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Stale
from fleet.lib.jobs import enqueue
from fleet.lib.verdict import Verdict
from ota.engine.rules import Rules
from ota.engine.states import OPEN_WAVE, Gate
from ota.models import RolloutCheck, RolloutEvent, Wave
from ota.models.rollout import REASON_MAX
from ota.rollouts.outside.checks import check_destination
from ota.rollouts.transitions import TICK_TASK

# What is said over REST, and what the gate makes of it.
CHECK_WORDS: Final = {"pass": Verdict.PASS, "fail": Verdict.FAIL, "hold": Verdict.INCONCLUSIVE}


@transaction.atomic
def check_answer(
    *, by: Actor, check: RolloutCheck, verdict: str, sentence: str = ""
) -> RolloutCheck:
    """Say pass, fail or hold of a wave. Raises Conflict where it is too late."""
    _require_open(check)
    word, said = CHECK_WORDS[verdict], sentence.strip()[:REASON_MAX]
    if (check.verdict, check.sentence) == (word, said):
        return check
    if check.verdict == Verdict.FAIL:
        raise Conflict(f"Check {check.public_id} has failed, which is final.")
    mine = RolloutCheck.objects.filter(
        Q(verdict=check.verdict, sentence=check.sentence), pk=check.pk, open=True
    )
    values = {"verdict": word, "sentence": said}
    if not compare_and_set(mine, answered_at=clock.now(), answered_by=by.label, **values):
        raise Stale(f"Check {check.public_id} was answered at the same time.")
    check.refresh_from_db()
    _record(by, check, f"{verdict}: {said}" if said else verdict)
    return check


@transaction.atomic
def check_again(*, by: Actor, check: RolloutCheck) -> None:
    """Ask again, with the whole time from now on. Raises Conflict where it is too late."""
    _require_open(check)
    if check.verdict == Verdict.FAIL:
        raise Conflict(f"Check {check.public_id} has failed, which is final.")
    if not compare_and_set(RolloutCheck.objects.filter(pk=check.pk, open=True), open=False):
        raise Stale(f"Check {check.public_id} was asked again at the same time.")
    _record(by, check, "asked again")


def require_destination(rules: Rules) -> None:
    """Raise Conflict where a rollout would ask nobody."""
    name = rules.check_destination
    if Gate.CHECK in rules.gates and check_destination(name) is None:
        raise Conflict(
            f"There is no enabled webhook {name!r}, which the gate check would ask.",
            code="check_destination",
        )


def _require_open(check: RolloutCheck) -> None:
    if not check.open:
        raise Conflict(f"Check {check.public_id} is over: it was asked again.")
    if check.wave.state not in OPEN_WAVE:
        raise Conflict(f"Check {check.public_id} is over: its wave is {check.wave.state}.")


def _record(by: Actor, check: RolloutCheck, text: str) -> None:
    wave = check.wave
    Wave.objects.filter(pk=wave.pk).update(gates_at=None)  # the gate is read at the next tick
    RolloutEvent.objects.create(
        rollout_id=wave.rollout_id,
        wave=wave,
        step=Gate.CHECK,
        state=wave.state,
        text=text[:REASON_MAX],
        actor=by.label,
        at=clock.now(),
    )
    detail = {"rollout": wave.rollout.public_id, "wave": wave.index, "said": text[:300]}
    audit.record(by=by, action="ota.rollout_check", subject=check.public_id, detail=detail)
    enqueue(TICK_TASK, wave.rollout_id)
