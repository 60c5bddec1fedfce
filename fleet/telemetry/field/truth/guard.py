"""Realised accuracy as a rollout's gate: labelled inferences of updated devices beside those of
devices that run another version.

Guarantees: a look may come at any time (confidence sequences, as in the telemetry gate); how far
one device alone moves the figure is added to the interval, so that one liar fails or passes nothing
by itself; without labels the answer is inconclusive, with what is missing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.db.models import QuerySet

from fleet.lib.verdict import Verdict
from fleet.telemetry.field.truth.concept import DEPENDENT, LOUDEST
from fleet.telemetry.judgement.guard import (
    FAIL_ALPHA,
    PASS_ALPHA,
    Look,
    Reading,
    half_width,
    judged,
)
from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.metrics import Metric
from fleet.telemetry.models import LabelledCount
from registry.models import ModelVersion

LABELS_MIN: Final = 50  # on each side, before anything is said
DEVICES_MIN: Final = 2  # labelled, on each side
SPREAD_MIN: Final = 0.02  # least variance of one inference's being right
TIGHTEST: Final = (100.0, 1_000.0)  # labels on each side at which the sequences are tightest


@dataclass(frozen=True)
class Side:
    """Labelled and right inferences, each (devices)."""

    labelled: Reals
    correct: Reals


@dataclass(frozen=True)
class LabelsVerdict:
    """The look and the counts that it rests on."""

    look: Look
    evidence: Mapping[str, Any]


def labels_verdict(
    version: ModelVersion, device_ids: Collection[int], since: datetime, *, margin: float
) -> LabelsVerdict:
    """Return whether labels show that the version is right as often, less `margin`, as others."""
    rows = LabelledCount.objects.filter(version__model=version.model_id, bucket_at__gte=since)
    new = _side(rows.filter(version=version, device__in=device_ids))
    old = _side(rows.exclude(version=version).exclude(device__in=device_ids))
    look = compare(new, old, margin=margin)
    return LabelsVerdict(look, {"updated": _told(new), "others": _told(old), "margin": margin})


def compare(new: Side, old: Side, *, margin: float) -> Look:
    """Decide from the labels of both sides alone. Pure."""
    for side, whose in ((new, "updated devices"), (old, "devices that are not updated")):
        labels, count = side.labelled.sum(), int((side.labelled > 0).sum())
        if labels < LABELS_MIN or count < DEVICES_MIN:
            needed = f"{LABELS_MIN} of {DEVICES_MIN} are needed"
            few = f"{labels:.0f} labels of {count} {whose} arrived, {needed}"
            return Look(Verdict.INCONCLUSIVE, (few,))
    share_new, variance_new, liar_new = _share(new)
    share_old, variance_old, liar_old = _share(old)
    weight = 1 / (variance_new + variance_old)
    spread = share_old * (1 - share_old)
    rho = [each / (2 * DEPENDENT * max(spread, SPREAD_MIN)) for each in TIGHTEST]
    reading = Reading(
        Metric("realised accuracy", -1, margin, 1.0),
        share_new - share_old,
        half_width(weight, rho, 2 * FAIL_ALPHA),
        half_width(weight, rho, 2 * PASS_ALPHA),
        liar_new + liar_old,
    )
    return judged([reading])


def _share(side: Side) -> tuple[float, float, float]:
    """The share of right ones, its variance, and how far one device alone moves it.

    No device counts for more than `LOUDEST` medians.
    """
    held = side.labelled > 0
    labelled, correct = side.labelled[held], side.correct[held]
    scale = np.minimum(1.0, LOUDEST * np.median(labelled) / labelled)
    labelled, correct = labelled * scale, correct * scale
    total, right = float(labelled.sum()), float(correct.sum())
    share = right / total
    without = (right - correct) / np.maximum(total - labelled, 1e-9)
    moves = float(np.abs(without - share).max())
    variance = max(share * (1 - share), SPREAD_MIN) * DEPENDENT / total
    return share, variance, moves


def _side(rows: QuerySet[LabelledCount]) -> Side:
    sums: dict[int, list[int]] = {}
    for device, labelled, correct in rows.values_list("device_id", "labelled", "correct"):
        one = sums.setdefault(device, [0, 0])
        one[0] += labelled
        one[1] += correct
    columns = np.array(list(sums.values()), np.float64).reshape(len(sums), 2)
    return Side(columns[:, 0], columns[:, 1])


def _told(side: Side) -> dict[str, int]:
    return {
        "devices": int((side.labelled > 0).sum()),
        "labelled": int(side.labelled.sum()),
        "correct": int(side.correct.sum()),
    }
