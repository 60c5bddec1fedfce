"""Capture: an order to keep some inputs, and the batches in which they are handed in.

The poll link ``capture`` serves the order and takes the batches. A batch is a line of JSON that
says which it is, then a sealed box (``sealed``). In the box: a line of JSON with the tensor and
what the model said, then the inputs, one after the other, as the model takes them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from device_agent.protocol import fields
from device_agent.protocol.canonical import canonical_json, parse_json
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.manifest import DTYPE_BYTES, RANK_LIMIT, Tensor
from device_agent.protocol.schema import CLASSES_LIMIT, EDGES_LIMIT, FEATURES_LIMIT

REL = "capture"  # the poll's link
CONTENT_TYPE = "application/octet-stream"
SAMPLES_MAX = 1_000  # of one device
BYTES_MAX = 64 * 1024 * 1024  # of one device
BATCH_BYTES_MAX = 192 * 1024  # of inputs in a batch
BODY_LIMIT = 256 * 1024  # bytes of a batch as it is sent
BATCHES_MAX = 1_024
META_LIMIT = 2_048  # bytes
REASON_MAX = 300  # characters
LABEL_MAX = 255


class Pick(StrEnum):
    """Which inputs are kept."""

    UNIFORM = "uniform"  # each as likely as any other
    UNCERTAIN = "uncertain"  # those of which the model was least sure
    BIN = "bin"  # of one bin of one feature, each as likely as any other


@dataclass(frozen=True, slots=True)
class CaptureOrder:
    """What to keep until when (Unix time), how much of it to hand in, and for whose key."""

    id: str
    model: str
    version: str
    pick: Pick
    feature: int
    bin: int
    samples: int
    bytes_max: int
    until: int
    key: str  # hexadecimal


@dataclass(frozen=True, slots=True)
class CapturedBatch:
    """Which batch it is; ``last`` tells that no other comes, ``reason`` why nothing is in it."""

    id: str
    seq: int
    last: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CapturedSample:
    """One input with the class that was predicted and how sure the model was (0 to 255)."""

    data: bytes
    predicted: int
    sure: int


def context_of(order_id: str, device: str, seq: int) -> bytes:
    """What a box is bound to."""
    return canonical_json({"id": order_id, "device": device, "seq": seq})


def dump_order(order: CaptureOrder) -> dict[str, object]:
    """The answer to a device."""
    return asdict(order)


def parse_order(value: object) -> CaptureOrder:
    """An order, bounded."""
    data = fields.members(value, "The capture order")
    pick = fields.text(data, "pick")
    if pick not in tuple(Pick):
        raise ProtocolError(f"'pick' must be one of {', '.join(Pick)}.")
    return CaptureOrder(
        id=fields.name(data, "id"),
        model=fields.text(data, "model"),
        version=fields.text(data, "version"),
        pick=Pick(pick),
        feature=fields.integer(data, "feature", high=FEATURES_LIMIT - 1),
        bin=fields.integer(data, "bin", high=EDGES_LIMIT),
        samples=fields.integer(data, "samples", low=1, high=SAMPLES_MAX),
        bytes_max=fields.integer(data, "bytes_max", low=1, high=BYTES_MAX),
        until=fields.integer(data, "until"),
        key=fields.digest(data, "key"),
    )


def dump_batch(batch: CapturedBatch, box: bytes) -> bytes:
    """The body of a batch."""
    return canonical_json(asdict(batch)) + b"\n" + box


def parse_batch(body: bytes) -> tuple[CapturedBatch, bytes]:
    """Which batch it is, and its box."""
    line, found, box = body.partition(b"\n")
    if not found:
        raise ProtocolError("A batch is a line of JSON and a box.")
    value = parse_json(line, limit_bytes=META_LIMIT, what="The batch")
    data = fields.members(value, "The batch")
    last = data.get("last")
    if not isinstance(last, bool):
        raise ProtocolError("'last' must be true or false.")
    batch = CapturedBatch(
        id=fields.name(data, "id"),
        seq=fields.integer(data, "seq", high=BATCHES_MAX - 1),
        last=last,
        reason=fields.text(data, "reason", limit=REASON_MAX, empty=True),
    )
    return batch, box


def pack(tensor: Tensor, kept: Sequence[CapturedSample]) -> bytes:
    """What goes into a box."""
    head = {
        "tensor": {**asdict(tensor), "shape": list(tensor.shape), "scale": repr(tensor.scale)},
        "samples": [[each.predicted, each.sure] for each in kept],
    }
    return canonical_json(head) + b"\n" + b"".join(each.data for each in kept)


def unpack(data: bytes) -> tuple[Tensor, list[CapturedSample]]:
    """What was in a box, checked: nothing of it is believed because it was sealed."""
    line, _, inputs = data.partition(b"\n")
    value = parse_json(line, limit_bytes=BATCH_BYTES_MAX, what="The captured samples")
    head = fields.members(value, "The captured samples")
    tensor = _tensor(fields.child(head, "tensor"))
    rows = fields.items(head, "samples", limit=SAMPLES_MAX)
    if len(inputs) != len(rows) * tensor.bytes:
        raise ProtocolError("The captured inputs have another length than they say.")
    kept = []
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != 2:
            raise ProtocolError("A captured sample is told as [class, sureness].")
        said = dict(zip(("class", "sureness"), row, strict=True))
        part = inputs[at * tensor.bytes : (at + 1) * tensor.bytes]
        predicted = fields.integer(said, "class", high=CLASSES_LIMIT - 1)
        kept.append(
            CapturedSample(part, predicted, fields.integer(said, "sureness", high=LABEL_MAX))
        )
    return tensor, kept


def _tensor(data: fields.Json) -> Tensor:
    shape = tuple(
        fields.integer({"size": size}, "size", low=1)
        for size in fields.items(data, "shape", limit=RANK_LIMIT)
    )
    dtype = fields.text(data, "dtype")
    elements = 1
    for size in shape:
        elements *= size
    if dtype not in DTYPE_BYTES or data.get("bytes") != elements * DTYPE_BYTES[dtype]:
        raise ProtocolError("The tensor's type, shape and length do not fit one another.")
    try:
        scale = float(fields.text(data, "scale"))
    except ValueError as error:
        raise ProtocolError("'scale' must be a number.") from error
    return Tensor(
        name=fields.text(data, "name"),
        dtype=dtype,
        shape=shape,
        scale=scale,
        zero_point=fields.integer(data, "zero_point", low=-(2**31), high=2**31 - 1),
        bytes=elements * DTYPE_BYTES[dtype],
    )
