"""Captures that are over: their boxes are opened by the worker, checked, and become a dataset.

Guarantees: what does not open, or does not fit the version, is left out and told; samples of a
device that is no longer accepted are dropped; sealed boxes go when their samples are in a dataset,
and after `RAW_DAYS` whatever happened.
"""

import io
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import transaction
from numpy.typing import NDArray

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.field import capture as wire
from device_agent.protocol.field.capture import REASON_MAX
from device_agent.protocol.field.sealed import open_box
from device_agent.protocol.manifest import Tensor
from fleet.access import audit
from fleet.devices.choices import DeviceState
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.db import compare_and_set
from fleet.lib.errors import FleetError
from fleet.telemetry.choices import CaptureState
from fleet.telemetry.field.capture.key import private_key
from fleet.telemetry.models import CaptureBatch, CapturePart, CaptureRequest
from fleet.telemetry.signals import capture_completed
from registry.choices import DatasetKind
from registry.models import Dataset
from registry.services import dataset_add

log = logging.getLogger(__name__)

WORKER: Final = system("capture worker")
GRACE: Final = timedelta(hours=24)  # after the end, in which devices may hand in
RAW_DAYS: Final = 7  # that sealed boxes of a capture that came to nothing are kept
DTYPES: Final = {"int8": np.int8, "uint8": np.uint8, "int16": np.int16, "float32": np.float32}
Floats = NDArray[np.float32]


@dataclass
class Opened:
    """Samples of one capture, and why boxes were left out."""

    x: list[Floats] = field(default_factory=list)
    shape: tuple[int, ...] = ()
    faults: Counter[str] = field(default_factory=Counter)


def captures_settle() -> int:
    """Settle every capture that is over; return how many became a dataset."""
    now, made = clock.now(), 0
    for request in CaptureRequest.objects.filter(state=CaptureState.COLLECTING):
        over = request.until is not None and now >= request.until + GRACE
        if over or not request.parts.filter(open=True).exists():
            made += capture_settle(request)
    old = now - timedelta(days=RAW_DAYS)
    ended = CaptureBatch.objects.exclude(part__request__state=CaptureState.COLLECTING)
    ended.filter(received_at__lt=old).delete()
    return made


def capture_settle(request: CaptureRequest) -> bool:
    """Open one capture's boxes; tell whether a dataset came of it."""
    request.parts.filter(open=True).update(open=False, reason="It handed in nothing in time.")
    try:
        key = private_key()
        if request.key is None or key.public_key().public_bytes_raw().hex() != request.key.public:
            return _fail(request, "The key that the samples are sealed for is not at hand.")
        found = _opened(request, key)
        if not found.x:
            return _fail(request, _in_words(found, "No sample could be used"))
        return _complete(request, found)
    except FleetError as error:
        return _fail(request, error.message)


def _opened(request: CaptureRequest, key: X25519PrivateKey) -> Opened:
    found = Opened()
    expected = _expected(request)
    for part, box in _boxes(request, found):
        context = wire.context_of(request.public_id, part.device.controller_id, box.seq)
        try:
            data = open_box(bytes(box.box), key=key, context=context)
            tensor, kept = wire.unpack(data)
            _require_shape(tensor, expected or found.shape)
        except ProtocolError as error:
            found.faults[str(error)] += 1
            continue
        found.shape = tensor.shape[1:]
        found.x += [real(each.data, tensor) for each in kept]
    return found


def _boxes(request: CaptureRequest, found: Opened) -> Iterator[tuple[CapturePart, CaptureBatch]]:
    for part in request.parts.select_related("device").order_by("pk"):
        if part.device.state != DeviceState.ACCEPTED:
            if part.batches:
                found.faults["Its device is no longer accepted."] += part.batches
            continue
        for box in part.boxes.order_by("seq").iterator():
            yield part, box


def _expected(request: CaptureRequest) -> tuple[int, ...]:
    """The shape of one sample, by the version's schema; nothing where it tells none."""
    inputs = request.version.io_schema.get("inputs", [])
    shape = inputs[0].get("shape", []) if len(inputs) == 1 else []
    whole = shape[1:]
    return tuple(whole) if whole and all(isinstance(n, int) and n > 0 for n in whole) else ()


def _require_shape(tensor: Tensor, expected: tuple[int, ...]) -> None:
    if tensor.dtype not in DTYPES or not tensor.shape or tensor.shape[0] != 1:
        raise ProtocolError("The samples are of a type or a batch that is not captured.")
    if expected and tensor.shape[1:] != expected:
        raise ProtocolError("The samples have another shape than the version's input.")


def real(data: bytes, tensor: Tensor) -> Floats:
    """Return one input as real numbers, in the shape of one sample."""
    stored = np.frombuffer(data, DTYPES[tensor.dtype]).astype(np.float64)
    scale = tensor.scale or 1.0
    value = (stored - tensor.zero_point) * scale if tensor.dtype != "float32" else stored
    return np.asarray(value.reshape(tensor.shape[1:]), np.float32)


def _complete(request: CaptureRequest, found: Opened) -> bool:
    content = io.BytesIO()
    np.savez(content, x=np.stack(found.x))
    content.seek(0)
    outcome = _in_words(found, f"{len(found.x)} samples")
    with transaction.atomic():
        name = f"captured {request.public_id}"
        dataset = dataset_add(name=name, kind=DatasetKind.REFERENCE, content=content, by=WORKER)
        if not _finish(request, CaptureState.COMPLETED, outcome, dataset):
            return False
        CaptureBatch.objects.filter(part__request=request).delete()
    capture_completed.send(
        sender=CaptureRequest, capture=request.public_id, dataset=dataset.public_id
    )
    return True


def _fail(request: CaptureRequest, outcome: str) -> bool:
    with transaction.atomic():
        _finish(request, CaptureState.FAILED, outcome, None)
    log.warning("capture %s came to nothing: %s", request.public_id, outcome)
    return False


def _finish(
    request: CaptureRequest, state: CaptureState, outcome: str, dataset: Dataset | None
) -> bool:
    expected = CaptureRequest.objects.filter(pk=request.pk, state=CaptureState.COLLECTING)
    changes = {"outcome": outcome[:REASON_MAX], "finished_at": clock.now(), "dataset": dataset}
    if not compare_and_set(expected, state=state, **changes):
        return False  # somebody stopped it meanwhile
    detail = {"outcome": outcome[:REASON_MAX], "dataset": dataset.public_id if dataset else ""}
    action = f"telemetry.capture_{state}"
    audit.record(by=WORKER, action=action, subject=request.public_id, detail=detail)
    request.refresh_from_db()
    return True


def _in_words(found: Opened, text: str) -> str:
    left = [f"{count} boxes were left out: {why}" for why, count in found.faults.most_common(2)]
    return " ".join([f"{text}.", *left])
