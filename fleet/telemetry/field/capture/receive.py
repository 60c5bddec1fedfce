"""Sealed samples coming in from devices.

Guarantees: only an accepted device with an open part hands in, within its budget; a batch counts
once, and another content under its number is refused; nothing is opened here.
"""

from django.db import transaction

from device_agent.protocol.field.capture import CapturedBatch, CaptureOrder, Pick
from fleet.devices.models import Device
from fleet.lib.db import advisory_lock
from fleet.lib.errors import Conflict, NotFound, TooLarge
from fleet.telemetry.choices import CaptureState
from fleet.telemetry.models import CaptureBatch, CapturePart

LOCK_KEY = 0x0EF1_CA97  # of the turn; any number that nobody else takes


def capture_order(device: Device) -> CaptureOrder:
    """Return what the device is to keep. Raises NotFound."""
    request = _part(device).request
    if request.until is None or request.key is None:
        raise NotFound("There is nothing to capture.")
    return CaptureOrder(
        id=request.public_id,
        model=request.version.model.name,
        version=request.version.label,
        pick=Pick(request.pick),
        feature=request.feature,
        bin=request.bin,
        samples=request.samples,
        bytes_max=request.bytes_max,
        until=int(request.until.timestamp()),
        key=request.key.public,
    )


@transaction.atomic
def capture_receive(*, device: Device, batch: CapturedBatch, box: bytes) -> None:
    """Keep one box. Raises NotFound, Conflict, TooLarge."""
    advisory_lock(LOCK_KEY)
    part = _named(device, batch.id)
    there = CaptureBatch.objects.filter(part=part, seq=batch.seq).first()
    if there is not None:
        if bytes(there.box) != box:
            raise Conflict(f"CapturedBatch {batch.seq} was handed in with another content.")
        return
    if not part.open:
        if batch.last and not box:
            return  # told again
        raise NotFound("There is nothing to capture.")
    if part.bytes + len(box) > part.request.bytes_max:
        raise TooLarge(f"This device may hand in {part.request.bytes_max} bytes.")
    if box:
        CaptureBatch.objects.create(part=part, seq=batch.seq, box=box)
        part.bytes += len(box)
        part.batches += 1
    part.open = not batch.last
    part.reason = batch.reason or part.reason
    part.save(update_fields=["bytes", "batches", "open", "reason"])


def _part(device: Device) -> CapturePart:
    rows = CapturePart.objects.select_related("request__version__model", "request__key")
    found = rows.filter(device=device, open=True, request__state=CaptureState.COLLECTING).first()
    if found is None:
        raise NotFound("There is nothing to capture.")
    return found


def _named(device: Device, public_id: str) -> CapturePart:
    rows = CapturePart.objects.select_related("request")
    found = rows.filter(
        device=device, request__public_id=public_id, request__state=CaptureState.COLLECTING
    ).first()
    if found is None:
        raise NotFound("There is nothing to capture.")
    return found
