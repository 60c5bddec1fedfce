"""Accuracy as true labels tell it, beside what the confidence promised: of a version, of groups of
devices, of one rollout's devices.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import numpy as np

from builds import selectors as builds
from fleet.devices import selectors as devices
from fleet.telemetry import selectors
from fleet.telemetry.drift.wilson import wilson
from fleet.telemetry.field.truth import concept, items
from fleet.telemetry.field.truth.concept import DEPENDENT, Concept, Labelled, Meaning
from fleet.telemetry.field.truth.label_shift import ASSUMPTION, NotInvertible, label_shift
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.judgement.calibration import CAVEAT
from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.models import LabelledCount, TelemetrySchema
from fleet.telemetry.monitor.accuracy import estimated
from registry.models import ModelVersion

GROUPS_MAX: Final = 50  # that are told apart
ROWS_MAX: Final = 50_000  # labelled buckets of devices that are read; older ones say little more
DEVICES_MAX: Final = 200  # named as labelled
NEVER_SEEN: Final = (
    "Without true labels, a changed meaning of the labels cannot be seen: only estimates are shown."
)


@dataclass(frozen=True)
class Sum:
    """Labelled inferences: how many, how many right, how many expected right if that is known."""

    labelled: int
    correct: int
    expected: float | None

    @property
    def accuracy(self) -> float:
        """The share of right ones."""
        return self.correct / self.labelled if self.labelled else float("nan")


def summed(rows: Collection[LabelledCount]) -> Sum:
    """Return the sum of some rows; what is expected is known only if it is of all of them."""
    known = [row.expected for row in rows if row.expected is not None]
    return Sum(
        sum(row.labelled for row in rows),
        sum(row.correct for row in rows),
        sum(known) if known and len(known) == len(rows) else None,
    )


def counted(version: ModelVersion, since: datetime | None = None) -> list[LabelledCount]:
    """Return the version's newest labelled buckets, the oldest first; each bucket whole."""
    rows = LabelledCount.objects.filter(version=version).select_related("device")
    if since is not None:
        rows = rows.filter(bucket_at__gte=since)
    found = list(rows.order_by("-bucket_at", "-device_id")[:ROWS_MAX])[::-1]
    if len(found) < ROWS_MAX:
        return found
    return [row for row in found if row.bucket_at != found[0].bucket_at]


def judged(rows: Sequence[LabelledCount]) -> Concept | None:
    """Return whether the meaning of the labels moved; None where nothing was expected."""
    known = [row for row in rows if row.expected is not None]
    if not known:
        return None
    return concept.judge([_step(list(ours)) for _, ours in groupby(known, _bucket)])


def times_of(rows: Sequence[LabelledCount]) -> list[datetime]:
    """Return the buckets in which something is labelled and expected, in order: the steps."""
    known = (row for row in rows if row.expected is not None)
    return [at for at, _ in groupby(known, _bucket)]


def _bucket(row: LabelledCount) -> datetime:
    return row.bucket_at


def _step(rows: Sequence[LabelledCount]) -> Labelled:
    table = np.array([(row.labelled, row.correct, row.expected or 0.0) for row in rows])
    return Labelled(table[:, 0], table[:, 1], table[:, 2])


def realised(version: ModelVersion, since: datetime) -> dict[str, Any]:
    """Return everything that labels say of a version since then, as plain JSON."""
    rows = counted(version, since)
    schema = selectors.schema_latest(version)
    live = _Live(schema, since) if schema else None
    return {
        "version": version.public_id,
        "since": since.isoformat(),
        **sum_json(summed(rows)),
        "devices": sorted({row.device.public_id for row in rows})[:DEVICES_MAX],
        "estimated": estimated(version, live.parsed, live.row) if live else None,
        "classes": list(live.parsed.classes) if live else [],
        "pairs": _pairs(rows),
        "groups": _groups(rows),
        "concept": concept_json(rows),
        "label_shift": _shift(version, live),
        "caveat": CAVEAT if not rows else "",
    }


def sum_json(found: Sum) -> dict[str, Any]:
    """Return a sum with its 95 % interval; correlated inferences widen it."""
    low, high = wilson(found.correct / DEPENDENT, found.labelled / DEPENDENT)
    known = found.labelled > 0
    expected = found.expected / found.labelled if known and found.expected is not None else None
    return {
        "labelled": found.labelled,
        "correct": found.correct,
        "accuracy": round(found.accuracy, 4) if known else None,
        "low": round(low, 4) if known else None,
        "high": round(high, 4) if known else None,
        "expected": round(expected, 4) if expected is not None else None,
        "gap": round(expected - found.accuracy, 4) if expected is not None else None,
    }


def concept_json(rows: Sequence[LabelledCount]) -> dict[str, Any]:
    """Return the state with a sentence that says what it means."""
    found = judged(rows)
    if found is None:
        said = NEVER_SEEN if not rows else "The build stored no calibration to compare labels with."
        return {"state": "unknown", "sentence": said, "since": None, "evidence": 0.0}
    times = times_of(rows)
    begun = times[found.since].isoformat() if found.state is Meaning.FOUND else None
    return {
        "state": str(found.state),
        "sentence": concept_sentence(found, summed(rows), len(times)),
        "since": begun,
        "evidence": round(found.evidence, 3),
        "needed": round(found.needed, 3),
        "tolerance": concept.TOLERANCE,
        "steps": len(times),
        "run_length": concept.RUN_LENGTH,
    }


def concept_sentence(found: Concept, total: Sum, steps: int) -> str:
    """Return the state in words."""
    if found.state is Meaning.FOUND:
        text = (
            "The model is right less often than its confidence says: what the labels mean has "
            "changed, or the calibration does not hold on these inputs."
        )
    else:
        text = (
            f"{total.labelled} labels in {steps} steps speak for no changed meaning of the labels "
            f"beyond {concept.TOLERANCE * 100:.0f} points of accuracy."
        )
    if found.bounded:
        return text
    few = "one that lies could make this up"
    return f"{text} Fewer than {concept.BOUNDED_FROM} devices are labelled: {few}."


def _pairs(rows: Sequence[LabelledCount]) -> list[list[int]]:
    together: items.Pairs = {}
    for row in rows:
        together = items.merged(together, items.load_pairs(row.pairs))
    return items.dump_pairs(together)


def _groups(rows: Sequence[LabelledCount]) -> list[dict[str, Any]]:
    """The sums of the devices of each group that has labelled ones."""
    keys = {row.device_id for row in rows}
    found = []
    for group in devices.groups().order_by("name")[:GROUPS_MAX] if keys else ():
        members = devices.group_members(group).filter(pk__in=keys)
        ours = set(members.order_by().values_list("pk", flat=True))
        mine = [row for row in rows if row.device_id in ours]
        if mine:
            found.append({"group": group.name, "devices": len(ours), **sum_json(summed(mine))})
    return found


class _Live:
    """What all devices counted of a schema since some time."""

    def __init__(self, schema: TelemetrySchema, since: datetime) -> None:
        self.parsed = counts.schema_of(schema.document)
        rows = (row for row, _ in selectors.device_counts(schema, since).values())
        self.row = counts.total(rows, self.parsed.layout.total)

    @property
    def predicted(self) -> Reals:
        """Predictions of each class, (classes)."""
        part = self.row[self.parsed.layout.confidences].astype(np.float64)
        return np.asarray(part.reshape(len(self.parsed.classes), -1).sum(axis=1))


def _shift(version: ModelVersion, live: _Live | None) -> dict[str, Any]:
    model = builds.int8_model(version)
    stored = model.confidence_calibration.get("confusion") if model else None
    classes = live.parsed.classes if live else ()
    if live is None or not stored or len(stored) != len(classes) ** 2:
        return {"sentence": "The build stored no confusion of its classes.", "classes": []}
    confusion = np.asarray(stored, np.float64).reshape(len(classes), len(classes))
    found = label_shift(confusion, live.predicted, DEPENDENT)
    if isinstance(found, NotInvertible):
        return {"sentence": found.sentence, "classes": []}
    columns = (found.reference, found.shares, found.linear, found.low, found.high)
    names = ("reference", "share", "linear", "low", "high")
    rows = [
        {"class": name, **{n: round(float(c[i]), 4) for n, c in zip(names, columns, strict=True)}}
        for i, name in enumerate(classes)
    ]
    return {"sentence": f"The estimate {ASSUMPTION}.", "classes": rows}
