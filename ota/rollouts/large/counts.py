"""How many devices of each wave are in each state: from kept counts, whatever the fleet's size.

Guarantees: what is read is what the rows say, in one statement and so of one moment; failures are
read from the rows, because an operator's resume forgives those before it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from django.db import connection, transaction
from django.db.models import BooleanField, CharField, Count, ExpressionWrapper, F, Q, Sum, Value

from ota.choices import MISSED_VALUES
from ota.engine.states import Kind
from ota.models import Assignment, AssignmentCount, Rollout

FOLD_ROWS: Final = 200  # changes of a rollout from which on a tick adds them up
TAKE: Final = "DELETE FROM ota_assignmentcount WHERE rollout_id = %s RETURNING wave_id, kind, state"
WaveCounts = dict[int, Counter[tuple[str, str, bool]]]  # index → (state, cause, counted) → devices


def wave_counts(rollout: Rollout) -> WaveCounts:
    """Return the updates of each wave by state and cause, and whether they count since the wave's
    judgement began.
    """
    kept = AssignmentCount.objects.filter(rollout=rollout, kind=Kind.UPDATE)
    kept_rows = (
        kept.exclude(state__in=MISSED_VALUES)
        .order_by()
        .annotate(
            why=Value("", output_field=CharField()),
            counted=Value(value=True, output_field=BooleanField()),
        )
        .values_list("wave__index", "state", "why", "counted")
        .annotate(n=Sum("devices"))
    )
    since = ExpressionWrapper(Q(since__gte=F("wave__judged_from")), output_field=BooleanField())
    missed = Assignment.objects.filter(
        rollout=rollout, latest=True, kind=Kind.UPDATE, state__in=MISSED_VALUES
    )
    missed_rows = (
        missed.order_by()
        .annotate(why=F("cause"), counted=since)
        .values_list("wave__index", "state", "why", "counted")
        .annotate(n=Count("pk"))
    )
    return _by_wave(kept_rows.union(missed_rows, all=True))


def kind_counts(rollout: Rollout, kind: Kind) -> dict[str, int]:
    """Return the latest assignments of a kind by state."""
    rows = AssignmentCount.objects.filter(rollout=rollout, kind=kind).order_by()
    found = rows.values_list("state").annotate(n=Sum("devices"))
    return {state: devices for state, devices in found if devices}


def fold(rollout: int) -> int:
    """Add a rollout's changes up, where there are many; return how many there were."""
    rows = AssignmentCount.objects.filter(rollout_id=rollout).count()
    if rows < FOLD_ROWS:
        return rows
    totals: Counter[tuple[int, str, str]] = Counter()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"{TAKE}, devices", [rollout])
            for wave, kind, state, devices in cursor.fetchall():
                totals[wave, kind, state] += devices
        AssignmentCount.objects.bulk_create(
            AssignmentCount(rollout_id=rollout, wave_id=wave, kind=kind, state=state, devices=n)
            for (wave, kind, state), n in sorted(totals.items())
            if n
        )
    return rows


def counted(rollout: Rollout) -> Mapping[tuple[int, str, str], int]:
    """Return what the rows themselves say, by wave, kind and state: what kept counts must be."""
    rows = Assignment.objects.filter(rollout=rollout, latest=True).order_by()
    found = rows.values_list("wave_id", "kind", "state").annotate(n=Count("pk"))
    return {(wave, kind, state): n for wave, kind, state, n in found}


def _by_wave(rows: Iterable[tuple[int, str, str, bool, int]]) -> WaveCounts:
    waves: WaveCounts = {}
    for index, state, cause, since, devices in rows:
        if devices:
            waves.setdefault(index, Counter())[state, cause, bool(since)] += devices
    return waves
