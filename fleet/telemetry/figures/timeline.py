"""A device over time: its windows and the gaps between them, boots, updates, incidents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from fleet.devices.choices import EventKind
from fleet.devices.models import Device, DeviceEvent
from fleet.lib import clock
from fleet.telemetry import selectors
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.models import Ledger, Report, Rollup

STEPS_MAX: Final = 168  # buckets drawn: a week of hours
MARKS_MAX: Final = 100  # of boots, and of events
SHOWN: Final = (EventKind.UPDATE, EventKind.RUNNING, EventKind.TELEMETRY)


@dataclass(frozen=True)
class TimelineMark:
    """Something that happened: `lane` is boot, update or incident."""

    at: datetime
    lane: str
    text: str


@dataclass(frozen=True)
class DeviceTimeline:
    """`samples` by bucket from `first` on, None in a bucket that no window reached."""

    first: datetime
    step_seconds: int
    samples: Sequence[int | None]
    marks: Sequence[TimelineMark]
    lost: int  # windows that were sealed and never came, over all boots

    @property
    def gaps(self) -> list[tuple[datetime, datetime]]:
        """Stretches without a window, from and until."""
        found: list[list[int]] = []
        for at, count in enumerate(self.samples):
            if count is not None:
                continue
            if found and found[-1][1] == at:
                found[-1][1] = at + 1
            else:
                found.append([at, at + 1])
        return [(self._moment(low), self._moment(high)) for low, high in found]

    def _moment(self, step: int) -> datetime:
        return self.first + timedelta(seconds=step * self.step_seconds)


def device_timeline(device: Device) -> DeviceTimeline | None:
    """Return the last week of buckets, or None for a device that handed in nothing in it."""
    seconds = settings.EDGEFLEET_ROLLUP_SECONDS
    end = bucket(clock.now(), seconds) + timedelta(seconds=seconds)
    since = end - timedelta(seconds=STEPS_MAX * seconds)
    schemas = Report.objects.filter(device=device).order_by().values("schema").distinct()
    rows = Rollup.objects.filter(
        schema__in=schemas, level=RollupLevel.DEVICE, key=device.public_id, bucket_at__gte=since
    )
    counted = list(rows.order_by("bucket_at").values_list("bucket_at", "samples"))
    if not counted:
        return None
    first = counted[0][0]
    steps = min(int((end - first).total_seconds()) // seconds, STEPS_MAX)
    samples: list[int | None] = [None] * steps
    for at, count in counted:
        step = int((at - first).total_seconds()) // seconds
        if step < steps:
            samples[step] = (samples[step] or 0) + count
    if samples[-1] is None:  # the running bucket may still be reported on
        samples.pop()
    marks = sorted(_marks(device, first, timedelta(seconds=seconds)), key=lambda mark: mark.at)
    return DeviceTimeline(first, seconds, samples, marks, selectors.windows_lost(device))


def _marks(device: Device, since: datetime, step: timedelta) -> Iterator[TimelineMark]:
    # A boot begins with its first window, which may end in the bucket after.
    boots = Ledger.objects.filter(device=device, first_opened_at__gte=since - step)
    for boot, at in boots.order_by("-first_opened_at").values_list("boot_id", "first_opened_at")[
        :MARKS_MAX
    ]:
        if at is not None:
            yield TimelineMark(max(at, since), "boot", f"boot {boot}")
    events = DeviceEvent.objects.filter(device=device, at__gte=since, kind__in=SHOWN)
    for kind, text, at in events.values_list("kind", "text", "at")[:MARKS_MAX]:
        yield TimelineMark(at, "incident" if kind == EventKind.TELEMETRY else "update", text)
