"""The heartbeat of rollouts: look, decide, apply, sign; again until there is nothing to do.

Idempotent: any number of ticks, at once or one after the other, do what one would. It runs in a
worker, and leaves signing to the signer: neither it nor the web process has a key.
"""

import logging

from fleet.lib import clock
from fleet.lib.jobs import enqueue
from ota.engine.decide import decide
from ota.engine.states import LIVE
from ota.models import Rollout
from ota.releases.deltas.offering import awaited
from ota.rollouts import gates, policy
from ota.rollouts.apply import apply
from ota.rollouts.large import counts
from ota.rollouts.large.planting import plant
from ota.rollouts.snapshot import take_snapshot
from ota.rollouts.transitions import TICK_TASK
from ota.services.steps.joining import devices_join
from ota.trust.signer.dispatch import instructions_ask

log = logging.getLogger(__name__)
PIECES = 20  # of assignments that one tick makes; other rollouts wait for the same worker
ROUNDS_MAX = 8  # decisions of one rollout in one tick; the next tick goes on


def rollouts_tick() -> int:
    """Tick every live rollout; one that breaks does not hold up the others."""
    live = Rollout.objects.filter(state__in=sorted(LIVE)).order_by("pk")
    keys = list(live.values_list("pk", flat=True))
    for pk in keys:
        try:
            rollout_tick(pk)
        except Exception:  # a broken rollout must not stop the fleet's other ones
            log.exception("tick of rollout %s failed", pk)
    return len(keys)


def rollout_tick(pk: int) -> None:
    """One rollout's tick; returns at once if it is gone or over."""
    rounds = 0
    while rounds < ROUNDS_MAX and _round(pk):
        rounds += 1
    counts.fold(pk)
    instructions_ask(pk, fresh=rounds > 0)


def _round(pk: int) -> bool:
    """Tell whether there was something to do, so that another look is worth it."""
    rollout = (
        Rollout.objects.select_related("release__version__model", "group")
        .filter(pk=pk, state__in=sorted(LIVE))
        .first()
    )
    if rollout is None:
        return False
    rules, now = policy.parse(rollout.policy), clock.now()
    devices_join(rollout, rules, now)
    if not plant(rollout, PIECES):
        enqueue(TICK_TASK, pk)
        return False
    if awaited(rollout, now):
        return False
    gates.refresh(rollout, rules, now)
    commands = decide(take_snapshot(rollout), now)
    return bool(commands) and apply(rollout, commands, now)
