"""True labels coming in, joined to what devices counted.

Guarantees: a window or a sample counts once, whatever is sent again; the same one with other labels
is told and changes nothing; nothing is counted that the device did not report for this version, and
never more inferences of a class than it predicted. Counts are kept, and digests of what is counted;
ids and samples are not.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from fleet.access import audit
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import advisory_lock
from fleet.lib.errors import Unprocessable
from fleet.telemetry import selectors
from fleet.telemetry.choices import JoinedBy, RollupLevel
from fleet.telemetry.field.truth import items
from fleet.telemetry.field.truth.items import Item, Misfit, Pairs, SampleLabels, WindowLabels
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.layout import Whole
from fleet.telemetry.ingest.counts.unpack import unpacked
from fleet.telemetry.judgement.calibration import accuracy_table
from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.models import LabelledCount, LabelledItem, Report, Rollup, TelemetrySchema
from fleet.telemetry.monitor.accuracy import calibration
from registry.models import ModelVersion

WINDOWS_MAX: Final = 500  # of one call
SAMPLES_MAX: Final = 2_000  # of one call
TOLD_MAX: Final = 20  # sentences in an answer; the numbers are always whole
LOCK_KEY: Final = 0x0EF1_1AB5  # of the turn; any number that nobody else takes


@dataclass
class Receipt:
    """What became of each item, and why some do not count."""

    inferences: int = 0
    counted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    refused: int = 0
    told: list[str] = field(default_factory=list)

    def say(self, item: Item, sentence: str) -> None:
        """Tell about one item, as long as there is room."""
        if len(self.told) < TOLD_MAX:
            self.told.append(f"{item.named}: {sentence}")


@dataclass
class _Held:
    """What one device counted in a bucket, and what labels are counted in it."""

    row: LabelledCount
    table: Reals | None = None  # (classes, bins); known where samples are joined
    fresh: bool = True


def labels_receive(
    *,
    version: ModelVersion,
    windows: Sequence[WindowLabels],
    samples: Sequence[SampleLabels],
    by: Actor,
) -> Receipt:
    """Count true labels of a version. Raises Unprocessable where it has no classes to label."""
    schema = selectors.schema_latest(version)
    parsed = counts.schema_of(schema.document) if schema else None
    if parsed is None or not parsed.classes:
        raise Unprocessable(f"{version} has no published schema with classes, so none is labelled.")
    with transaction.atomic():
        advisory_lock(LOCK_KEY)
        intake = _Intake(version, parsed.classes, [*windows, *samples])
        intake.take_windows(windows)
        intake.take_samples(samples)
        receipt = intake.finish()
        if receipt.counted:
            detail = {name: value for name, value in vars(receipt).items() if name != "told"}
            subject = version.public_id
            audit.record(by=by, action="telemetry.labels_receive", subject=subject, detail=detail)
    return receipt


class _Intake:
    """One call: reads what it needs at once, counts, writes at the end."""

    def __init__(self, version: ModelVersion, classes: Sequence[str], given: list[Item]) -> None:
        self.version, self.classes, self.now = version, classes, clock.now()
        self.receipt = Receipt()
        known = calibration(version)
        self.accuracy = accuracy_table(*known) if known is not None else None
        names = {item.device for item in given}
        rows = Device.objects.filter(Q(public_id__in=names) | Q(controller_id__in=names))
        self.devices = {
            name: row for row in rows.order_by("pk") for name in (row.controller_id, row.public_id)
        }
        stored = LabelledItem.objects.filter(
            version=version, device__in=rows, key__in={item.key for item in given}
        )
        self.known = {
            (device, key): digest
            for device, key, digest in stored.values_list("device_id", "key", "digest")
        }
        self.new: list[LabelledItem] = []
        self.held: dict[tuple[int, datetime], _Held] = {}

    def take_windows(self, windows: Sequence[WindowLabels]) -> None:
        """Count labels of whole windows."""
        ours = [(item, device) for item in windows if (device := self._new_item(item))]
        reports = self._reports(ours)
        self._load({(pk, report.bucket_at) for (pk, _, _), report in reports.items()})
        for item, device in ours:
            self._count(item, device, partial(self._window, item, device, reports))

    def take_samples(self, samples: Sequence[SampleLabels]) -> None:
        """Count labels of single inferences."""
        ours = [(item, device) for item in samples if (device := self._new_item(item))]
        places = {(device.pk, self._bucket(item.at)) for item, device in ours}
        self._load(places)
        self._load_tables([device for _, device in ours], {at for _, at in places})
        for item, device in ours:
            self._count(item, device, partial(self._sample, item, device))

    def finish(self) -> Receipt:
        """Write what was counted."""
        LabelledItem.objects.bulk_create(self.new, batch_size=500)
        held = [each for each in self.held.values() if each.row.labelled]
        LabelledCount.objects.bulk_create([each.row for each in held if each.fresh])
        fields = ["labelled", "correct", "expected", "pairs"]
        old = [each.row for each in held if not each.fresh]
        LabelledCount.objects.bulk_update(old, fields, batch_size=200)
        return self.receipt

    def _new_item(self, item: Item) -> Device | None:
        """The device of an item that is not counted yet; what is wrong is told."""
        device = self.devices.get(item.device)
        if device is None:
            self.receipt.refused += 1
            self.receipt.say(item, "there is no such device.")
            return None
        known = self.known.get((device.pk, item.key))
        if known is None:
            self.known[device.pk, item.key] = item.digest
            return device
        if known == item.digest:
            self.receipt.duplicates += 1
        else:
            self.receipt.conflicts += 1
            self.receipt.say(item, "it is counted with other labels.")
        return None

    def _count(self, item: Item, device: Device, count: Callable[[], int]) -> None:
        try:
            inferences = count()
        except Misfit as error:
            self.receipt.refused += 1
            self.receipt.say(item, str(error))
            return
        self.receipt.counted += 1
        self.receipt.inferences += inferences
        self.new.append(
            LabelledItem(
                version=self.version,
                device=device,
                key=item.key,
                digest=item.digest,
                received_at=self.now,
            )
        )

    def _window(
        self, item: WindowLabels, device: Device, reports: dict[tuple[int, int, int], Report]
    ) -> int:
        report = reports.get((device.pk, item.boot, item.sequence))
        if report is None:
            raise Misfit("The device reported no such window for this version, or it is removed.")
        table = _table(report.schema, unpacked(report.schema, report.counts))
        pairs = items.window_pairs(item, self.classes, table.sum(axis=1))
        expected = None
        if self.accuracy is not None:
            expected = items.expected_of(pairs, table, self.accuracy)
        held = self._place(device, report.bucket_at, JoinedBy.WINDOW)
        return _add(held.row, pairs, expected)

    def _sample(self, item: SampleLabels, device: Device) -> int:
        if item.at > self.now:
            raise Misfit("Its time is yet to come.")
        if item.at < self.now - timedelta(days=settings.EDGEFLEET_TELEMETRY_DAYS):
            raise Misfit(f"It is older than {settings.EDGEFLEET_TELEMETRY_DAYS} days.")
        held = self._place(device, self._bucket(item.at), JoinedBy.SAMPLE)
        if held.table is None:
            raise Misfit("The device's counts of that time have not arrived; send it again later.")
        pair = items.sample_pair(item, self.classes)
        together = items.merged(items.load_pairs(held.row.pairs), pair)
        items.check_held(together, self.classes, held.table.sum(axis=1))
        expected = None
        if self.accuracy is not None:
            expected = items.expected_of_one(item.confidence, self.accuracy)
        return _add(held.row, pair, expected)

    def _place(self, device: Device, at: datetime, way: JoinedBy) -> _Held:
        held = self.held.setdefault((device.pk, at), _Held(self._empty(device, at, way)))
        if held.fresh and not held.row.labelled:
            held.row.joined_by = way
        if held.row.joined_by != way:
            raise Misfit(f"The labels of that time were sent by {held.row.joined_by}.")
        return held

    def _empty(self, device: Device, at: datetime, way: JoinedBy) -> LabelledCount:
        return LabelledCount(version=self.version, device=device, bucket_at=at, joined_by=way)

    def _reports(
        self, ours: Iterable[tuple[WindowLabels, Device]]
    ) -> dict[tuple[int, int, int], Report]:
        wanted = {(device.pk, item.boot, item.sequence) for item, device in ours}
        rows = Report.objects.filter(
            schema__version=self.version,
            device__in={device for device, _, _ in wanted},
            boot_id__in={boot for _, boot, _ in wanted},
            seq__in={sequence for _, _, sequence in wanted},
        ).select_related("schema")
        found = {(row.device_id, row.boot_id, row.seq): row for row in rows}
        return {key: row for key, row in found.items() if key in wanted}

    def _load(self, places: set[tuple[int, datetime]]) -> None:
        """Know what is counted already in these buckets of these devices."""
        rows = LabelledCount.objects.filter(
            version=self.version,
            device__in={device for device, _ in places},
            bucket_at__in={at for _, at in places},
        )
        for row in rows:
            if (row.device_id, row.bucket_at) in places:
                self.held.setdefault((row.device_id, row.bucket_at), _Held(row, fresh=False))

    def _load_tables(self, devices: Sequence[Device], ats: set[datetime]) -> None:
        by_name = {device.public_id: device for device in devices}
        rows = Rollup.objects.filter(
            schema__version=self.version,
            level=RollupLevel.DEVICE,
            key__in=by_name,
            bucket_at__in=ats,
        ).select_related("schema")
        for row in rows:
            device = by_name[row.key]
            empty = _Held(self._empty(device, row.bucket_at, JoinedBy.SAMPLE))
            held = self.held.setdefault((device.pk, row.bucket_at), empty)
            table = _table(row.schema, counts.load(row.counts))
            held.table = table if held.table is None else held.table + table

    def _bucket(self, at: datetime) -> datetime:
        return bucket(at, settings.EDGEFLEET_ROLLUP_SECONDS)


def _table(schema: TelemetrySchema, row: Whole) -> Reals:
    """Confidences by predicted class, (classes, bins)."""
    parsed = counts.schema_of(schema.document)
    part = row[parsed.layout.confidences].astype(np.float64)
    return np.asarray(part.reshape(len(parsed.classes), -1))


def _add(row: LabelledCount, pairs: Pairs, expected: float | None) -> int:
    labelled = sum(pairs.values())
    first = row.labelled == 0
    row.expected = expected if first else _sum(row.expected, expected)
    row.labelled += labelled
    row.correct += items.correct_of(pairs)
    row.pairs = items.dump_pairs(items.merged(items.load_pairs(row.pairs), pairs))
    return labelled


def _sum(one: float | None, other: float | None) -> float | None:
    """A sum with an unknown part is unknown."""
    return None if one is None or other is None else one + other
