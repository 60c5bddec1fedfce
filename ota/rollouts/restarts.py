"""How often devices of a rollout restarted: those that took the release, those still to come."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from fleet.telemetry.models import Ledger
from ota.engine.restarts import Restarts
from ota.engine.states import AssignmentState, Kind
from ota.models import Assignment, Rollout, Wave

GRACE: Final = timedelta(minutes=2)  # the start into the release itself is none
CONTROLS_MAX: Final = 200  # devices; more say little more


def restarts_of(rollout: Rollout, wave: Wave, now: datetime) -> tuple[Restarts, Restarts]:
    """Return the restarts of updated devices since each was, and of others since the wave opened.

    A boot is known after a window of it arrived; devices that said nothing since count no hours.
    """
    rows = Assignment.objects.filter(rollout=rollout, kind=Kind.UPDATE, latest=True)
    updated = rows.filter(state=AssignmentState.SUCCEEDED, finished_at__isnull=False)
    since = wave.opened_at or wave.since
    others = rows.filter(state=AssignmentState.PLANNED, device__last_seen_at__gte=since)
    new = dict(updated.values_list("device_id", "finished_at"))
    old = dict.fromkeys(others.values_list("device_id", flat=True)[:CONTROLS_MAX], since)
    return _restarts(new, now), _restarts(old, now)


def _restarts(since: Mapping[int, datetime | None], now: datetime) -> Restarts:
    known = {device: at + GRACE for device, at in since.items() if at is not None}
    if not known:
        return Restarts((), 0.0)
    boots = Ledger.objects.filter(device__in=known, first_opened_at__gte=min(known.values()))
    counted = Counter(
        device
        for device, at in boots.values_list("device_id", "first_opened_at")
        if at is not None and at >= known[device]
    )
    seconds = sum(max((now - at).total_seconds(), 0.0) for at in known.values())
    return Restarts(tuple(counted[device] for device in known), seconds / 3600)
