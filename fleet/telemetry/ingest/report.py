"""Windows coming in.

Guarantees: a window counts once, whatever is retried or sent at the same time (the ledger row is
compared and set in the transaction that writes the report); nothing is written for a window that
is refused, except that it is counted as refused, by device and reason.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.frame import WINDOW_SAMPLES_MAX, Frame, decode_frame, unpack_counts
from device_agent.protocol.telemetry import Ack
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Refused, Unavailable, Unprocessable
from fleet.telemetry.ingest import sequence as received
from fleet.telemetry.ingest.clock import Envelope, Placed, Window, bucket, place
from fleet.telemetry.ingest.counts.layout import schema_of
from fleet.telemetry.ingest.plausible import counts_fault, time_fault
from fleet.telemetry.ingest.ran import may_have_run
from fleet.telemetry.ingest.refusals import count_refusal
from fleet.telemetry.models import Ledger, Report, TelemetrySchema

TRIES: Final = 5  # writers of one ledger row at once; a device is one writer


def report_ingest(
    *, device: Device, body: bytes, uptime_s: int | None, boot_id: int | None = None
) -> Ack:
    """Count one window of a device. Raises Refused, Unprocessable, Conflict, Unavailable."""
    try:
        return _ingest(device, body, uptime_s, boot_id)
    except (Unprocessable, Conflict) as error:  # a readable window; noise is not worth a row
        count_refusal(device, error)
        raise


class ReadWindow(NamedTuple):
    """A window that may be counted; `uptime_s` is of its own boot, or None."""

    schema: TelemetrySchema
    frame: Frame
    uptime_s: int | None


def _ingest(device: Device, body: bytes, uptime_s: int | None, boot_id: int | None) -> Ack:
    window = window_read(device, body, uptime_s=uptime_s, boot_id=boot_id, known={})
    return _store(device, window.schema, window.frame, window.uptime_s)


def window_read(
    device: Device,
    body: bytes,
    *,
    uptime_s: int | None,
    boot_id: int | None,
    known: dict[bytes, TelemetrySchema],
) -> ReadWindow:
    """Return a window whose content can be true. `known` keeps the schemas that the device may have
    run, for the next ones. Raises Refused, Unprocessable.
    """
    frame = _frame(body)
    schema = known.get(frame.schema_id) or _schema(frame.schema_id)
    _check_counts(schema, frame)
    own_uptime = uptime_s if boot_id == frame.boot_id else None
    if sentence := time_fault(frame, own_uptime):
        raise Unprocessable(sentence, code="implausible")
    if frame.schema_id not in known and not may_have_run(device, schema):
        raise Unprocessable(
            f"This device never ran {schema.version}, whose schema the window has.",
            code="never_ran",
        )
    known[frame.schema_id] = schema
    # The uptime in the envelope belongs to the boot that sends, which may not be the one that
    # counted.
    same_boot = boot_id is None or boot_id == frame.boot_id
    return ReadWindow(schema, frame, uptime_s if same_boot else None)


def _frame(body: bytes) -> Frame:
    try:
        frame = decode_frame(body)
    except ProtocolError as error:
        raise Refused(str(error), code="bad_frame") from error
    if frame.samples > WINDOW_SAMPLES_MAX:
        raise Refused(f"A window holds at most {WINDOW_SAMPLES_MAX} samples.", code="bad_frame")
    return frame


def _schema(schema_id: bytes) -> TelemetrySchema:
    known = TelemetrySchema.objects.select_related("version__model")
    found = known.filter(schema_id=schema_id.hex()).first()
    if found is None:
        raise Unprocessable(
            f"No version owns the telemetry schema {schema_id.hex()}.", code="unknown_schema"
        )
    return found


def _check_counts(schema: TelemetrySchema, frame: Frame) -> Sequence[int]:
    parsed = schema_of(schema.document)
    try:
        counts = unpack_counts(frame.blob, parsed.layout.total)
    except ProtocolError as error:
        raise Refused(str(error), code="bad_frame") from error
    if sentence := counts_fault(parsed, counts, frame.samples):
        raise Unprocessable(sentence, code="implausible")
    return counts


def _store(device: Device, schema: TelemetrySchema, frame: Frame, uptime_s: int | None) -> Ack:
    for _ in range(TRIES):
        try:
            ack = _try_store(device, schema, frame, uptime_s)
        except IntegrityError:
            continue  # another call made the ledger row or the report first: look again
        if ack is not None:
            return ack
    raise Unavailable("Too many windows of this device arrive at once: send it again.")


@transaction.atomic
def _try_store(
    device: Device, schema: TelemetrySchema, frame: Frame, uptime_s: int | None
) -> Ack | None:
    now = clock.now()
    ledger, _ = Ledger.objects.get_or_create(device=device, boot_id=frame.boot_id)
    ranges, fresh = received.add(ledger.received, frame.seq)
    high = max(ledger.high_seq, frame.seq)
    if fresh:
        placed = _placed(device, frame, uptime_s, now)
        expected = Ledger.objects.filter(pk=ledger.pk, revision=ledger.revision)
        if not compare_and_set(
            expected,
            received=ranges,
            high_seq=high,
            revision=ledger.revision + 1,
            first_opened_at=earliest(ledger, placed),
        ):
            return None
        report_of(device, schema, frame, placed, now).save(force_insert=True)
    else:
        check_same(device, schema, frame)
    return Ack(dup=not fresh, high_seq=high, server_time=int(now.timestamp()))


def check_same(device: Device, schema: TelemetrySchema, frame: Frame) -> None:
    """Raise Conflict when the number was used for another window; a purged one is not compared."""
    rows = Report.objects.filter(device=device, boot_id=frame.boot_id, seq=frame.seq)
    known = rows.values_list("schema_id", "samples", "counts").first()
    if known is None:
        return
    if (known[0], known[1], bytes(known[2])) != (schema.pk, frame.samples, frame.blob):
        raise Conflict(
            f"Window {frame.seq} of boot {frame.boot_id} was counted with another content.",
            code="other_content",
        )


def _placed(device: Device, frame: Frame, uptime_s: int | None, now: datetime) -> Placed:
    later = next_boot(device, frame.boot_id)
    return placed_after(frame, uptime_s, now, later[1] if later else None)


def next_boot(device: Device, boot_id: int) -> tuple[int, datetime | None] | None:
    """Return the next known boot of the device and when it began, as far as windows tell."""
    later = Ledger.objects.filter(device=device, boot_id__gt=boot_id, first_opened_at__isnull=False)
    return later.order_by("boot_id").values_list("boot_id", "first_opened_at").first()


def placed_after(
    frame: Frame, uptime_s: int | None, now: datetime, next_boot: datetime | None
) -> Placed:
    """Return the window in real time."""
    return place(
        Window(frame.t_open_s, frame.duration_s),
        Envelope(now, uptime_s, next_boot),
        lateness_seconds=settings.EDGEFLEET_TELEMETRY_LATENESS_SECONDS,
    )


def earliest(ledger: Ledger, placed: Placed) -> datetime | None:
    """Return when the earliest known window of a boot opened, with this one."""
    if placed.error_seconds:
        return ledger.first_opened_at
    return min(ledger.first_opened_at or placed.opened_at, placed.opened_at)


def report_of(
    device: Device, schema: TelemetrySchema, frame: Frame, placed: Placed, now: datetime
) -> Report:
    """Return the row of a window, not stored yet."""
    return Report(
        device=device,
        schema=schema,
        boot_id=frame.boot_id,
        seq=frame.seq,
        opened_at=placed.opened_at,
        closed_at=placed.closed_at,
        error_seconds=placed.error_seconds,
        samples=frame.samples,
        flags=int(frame.flags),
        counts=frame.blob,
        gauges={gauge.name: [gauge.low, gauge.high] for gauge in frame.gauges},
        bucket_at=bucket(placed.closed_at, settings.EDGEFLEET_ROLLUP_SECONDS),
        received_at=now,
    )
