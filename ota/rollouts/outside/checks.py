"""The gate `check`: somebody outside is asked by a signed webhook, and answers over REST.

* They are asked once the wave's devices are updated, and again when it is judged again.
* Nobody's silence passes a wave: until they answer it is held, and once their time is over the
  sentence says so. What they say later still counts.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from fleet.lib import clock
from fleet.lib.verdict import Verdict
from fleet.telemetry.choices import DestinationKind
from fleet.telemetry.models import Destination
from fleet.telemetry.monitor.notifications.emit import emit
from fleet.telemetry.monitor.notifications.events import ROLLOUT_CHECK
from ota.engine.rules import Rules
from ota.engine.states import AssignmentState, WaveState
from ota.models import Assignment, Rollout, RolloutCheck, Wave
from ota.rollouts import policy
from ota.rollouts.news import rollout_data

Word = tuple[Verdict, str, Mapping[str, Any]]  # a verdict, its sentence and what it rests on


def check_word(rollout: Rollout, wave: Wave) -> Word:
    """Return what was said of a wave; asks where nobody was asked yet."""
    if wave.state != WaveState.SOAKING:
        return Verdict.INCONCLUSIVE, "it is asked once the devices of the wave are updated", {}
    now = clock.now()
    rules = policy.parse(rollout.policy)
    check = open_check(wave) or _ask(rollout, wave, rules, now) or open_check(wave)
    if check is None:
        return Verdict.INCONCLUSIVE, "it is being asked", {}
    evidence = {"check": check.public_id, "by": check.answered_by}
    if check.verdict:
        said = f"{check.answered_by}: {check.sentence or check.verdict}"
        return Verdict(check.verdict), said, evidence
    return Verdict.INCONCLUSIVE, _waits(check, now), evidence


def open_check(wave: Wave) -> RolloutCheck | None:
    """Return the question that counts for a wave as it is judged now."""
    return RolloutCheck.objects.filter(wave=wave, open=True, asked_at__gte=wave.judged_from).first()


def check_destination(name: str) -> Destination | None:
    """Return the webhook that can be asked, or None."""
    rows = Destination.objects.filter(name=name, kind=DestinationKind.WEBHOOK, enabled=True)
    return rows.first()


def _ask(rollout: Rollout, wave: Wave, rules: Rules, now: datetime) -> RolloutCheck | None:
    """Ask; None where another process does."""
    name = rules.check_destination
    target = check_destination(name)
    RolloutCheck.objects.filter(wave=wave, open=True, asked_at__lt=wave.judged_from).update(
        open=False
    )
    try:
        with transaction.atomic():
            check = RolloutCheck.objects.create(
                wave=wave,
                destination=name,
                asked_at=now,
                due_at=now + timedelta(seconds=rules.check_seconds),
                unsent="" if target else f"there is no enabled webhook {name}",
            )
            if target is not None:
                emit(ROLLOUT_CHECK, check.public_id, _told(rollout, check), to=[target])
    except IntegrityError:
        return None
    return check


def _told(rollout: Rollout, check: RolloutCheck) -> dict[str, Any]:
    took = Assignment.objects.filter(
        wave=check.wave, latest=True, state=AssignmentState.SUCCEEDED
    ).count()
    return rollout_data(rollout, "") | {
        "id": check.public_id,
        "rollout": rollout.public_id,
        "wave": check.wave.index,
        "devices": took,
        "due_at": check.due_at.isoformat(),
        "answer": f"{settings.EDGEFLEET_PUBLIC_URL}/api/v1/checks/{check.public_id}/answer/",
    }


def _waits(check: RolloutCheck, now: datetime) -> str:
    until = f"{check.due_at:%Y-%m-%d %H:%M} UTC"
    if check.unsent:
        return f"{check.unsent}, so nobody was asked; an answer over REST counts all the same"
    if now < check.due_at:
        return f"{check.destination} was asked and has until {until}"
    held = "the wave is held until it answers, is asked again, or the wave is skipped"
    return f"{check.destination} had until {until} and has not answered: {held}"
