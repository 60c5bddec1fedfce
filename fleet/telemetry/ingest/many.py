"""Many windows of one device at once, as after an outage: a few statements for all of them.

Guarantees: those of a single window, for each of them. All that can be counted are counted in one
transaction, or none; one that cannot be counted has its own refusal, and holds up no other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from device_agent.protocol.frame import Frame
from device_agent.protocol.telemetry import Ack
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, FleetError, Refused, Unavailable, Unprocessable
from fleet.telemetry.ingest import sequence as received
from fleet.telemetry.ingest.refusals import count_refusal
from fleet.telemetry.ingest.report import (
    TRIES,
    ReadWindow,
    check_same,
    earliest,
    next_boot,
    placed_after,
    report_of,
    window_read,
)
from fleet.telemetry.models import Ledger, Report, TelemetrySchema

Answer = Ack | FleetError


class _Again(Exception):
    """Another call was faster."""


def reports_ingest(
    *, device: Device, bodies: Sequence[bytes], uptime_s: int | None, boot_id: int | None
) -> list[Answer]:
    """Count windows of a device; what became of each, in their order. Raises Unavailable."""
    known: dict[bytes, TelemetrySchema] = {}
    answers: dict[int, Answer] = {}
    windows: dict[int, ReadWindow] = {}
    for at, body in enumerate(bodies):
        try:
            windows[at] = window_read(device, body, uptime_s=uptime_s, boot_id=boot_id, known=known)
        except (Refused, Unprocessable) as error:
            answers[at] = error
    answers |= _stored(device, windows)
    for answer in answers.values():
        if isinstance(answer, Unprocessable | Conflict):
            count_refusal(device, answer)
    return [answers[at] for at in range(len(bodies))]


def _stored(device: Device, windows: Mapping[int, ReadWindow]) -> dict[int, Answer]:
    for _ in range(TRIES if windows else 0):
        try:
            with transaction.atomic():
                return _Batch(device, clock.now()).store(windows)
        except (IntegrityError, _Again):
            continue  # another call made a ledger row or a report first: look again
    if windows:
        raise Unavailable("Too many windows of this device arrive at once: send them again.")
    return {}


@dataclass
class _Batch:
    """One try: ledgers are read once, changed in memory, and set where nobody else changed them."""

    device: Device
    now: datetime
    ledgers: dict[int, Ledger] = field(default_factory=dict)
    next_boots: dict[int, tuple[int, datetime | None] | None] = field(default_factory=dict)
    reports: dict[tuple[int, int], Report] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)  # boots whose ledger has changed

    def store(self, windows: Mapping[int, ReadWindow]) -> dict[int, Answer]:
        """Return what became of each window. Raises IntegrityError, _Again."""
        answers: dict[int, Answer] = {}
        for at, window in windows.items():
            try:
                answers[at] = self._take(window)
            except Conflict as error:
                answers[at] = error
        for boot in sorted(self.fresh):
            self._set(self.ledgers[boot])
        Report.objects.bulk_create(self.reports.values())
        return answers

    def _take(self, window: ReadWindow) -> Ack:
        frame, ledger = window.frame, self._ledger(window.frame.boot_id)
        ranges, fresh = received.add(ledger.received, frame.seq)
        if fresh:
            self._add(window, ledger)
            ledger.received, ledger.high_seq = ranges, max(ledger.high_seq, frame.seq)
        else:
            self._check_same(window)
        return Ack(dup=not fresh, high_seq=ledger.high_seq, server_time=int(self.now.timestamp()))

    def _add(self, window: ReadWindow, ledger: Ledger) -> None:
        frame = window.frame
        placed = placed_after(frame, window.uptime_s, self.now, self._next_boot(frame.boot_id))
        row = report_of(self.device, window.schema, frame, placed, self.now)
        self.reports[frame.boot_id, frame.seq] = row
        ledger.first_opened_at = earliest(ledger, placed)
        self.fresh.add(frame.boot_id)

    def _check_same(self, window: ReadWindow) -> None:
        frame: Frame = window.frame
        row = self.reports.get((frame.boot_id, frame.seq))
        if row is None:
            check_same(self.device, window.schema, frame)
        elif (row.schema_id, row.samples, row.counts) != (
            window.schema.pk,
            frame.samples,
            frame.blob,
        ):
            raise Conflict(
                f"Window {frame.seq} of boot {frame.boot_id} was counted with another content.",
                code="other_content",
            )

    def _ledger(self, boot: int) -> Ledger:
        if boot not in self.ledgers:
            row, _ = Ledger.objects.get_or_create(device=self.device, boot_id=boot)
            self.ledgers[boot] = row
        return self.ledgers[boot]

    def _next_boot(self, boot: int) -> datetime | None:
        """As the windows before this one left it."""
        if boot not in self.next_boots:
            self.next_boots[boot] = next_boot(self.device, boot)
        stored = self.next_boots[boot]
        began = dict([stored] if stored else [])
        began |= {
            number: row.first_opened_at
            for number, row in self.ledgers.items()
            if number > boot and row.first_opened_at is not None
        }
        return began[min(began)] if began else None

    def _set(self, row: Ledger) -> None:
        expected = Ledger.objects.filter(pk=row.pk, revision=row.revision)
        if not compare_and_set(
            expected,
            received=row.received,
            high_seq=row.high_seq,
            revision=row.revision + 1,
            first_opened_at=row.first_opened_at,
        ):
            raise _Again
