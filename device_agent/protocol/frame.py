"""One sealed telemetry window on the wire: a CBOR array of nine, with the counts packed.

* A device that measures itself adds a tenth: a map from a gauge's number to the least and the
  greatest of the window.
* One content has one encoding: what is accepted re-encodes to the same bytes.
* Packed counts: a positive count is a LEB128 number; a run of k zeros is a zero byte and k - 1.
* A decoder never allocates more than the length the schema names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from io import BytesIO

import cbor2

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.fields import U32_MAX
from device_agent.protocol.schema import SCHEMA_ID_BYTES

VERSION = 1
FRAME_LIMIT = 64 * 1024  # bytes
VARINT_MAX = U32_MAX
ARRAY_OF_NINE, ARRAY_OF_TEN = 0x89, 0x8A
NUMBERS = 6  # of a frame, between the schema's id and the counts
GAUGES_LIMIT = 8
GAUGE_NUMBERS = 24  # a number below it takes one byte
I32_MIN, I32_MAX = -(2**31), 2**31 - 1
UPTIME_HEADER = "X-Uptime-Now"
CONTENT_TYPE = "application/cbor"
SEQUENCE_TYPE = "application/cbor-seq"  # frames one after the other, as RFC 8742 has it
SEQUENCE_LIMIT = 256 * 1024  # bytes
SEQUENCE_FRAMES = 100
WINDOW_SAMPLES_MAX = 65_535  # a window also closes at this many, so counts fit 16 bits


class FrameFlags(IntFlag):
    """What else is to be known of a window."""

    NONE = 0
    SHUTDOWN = 1  # closed by an orderly stop
    SWITCHED = 2  # closed because another model was activated
    TRIAL = 4  # the model was on trial
    FULL = 8  # closed because it held as many samples as it can


class GaugeKind(IntEnum):
    """What a device measures of itself; a number that is not here is kept as a number.

    Another one of a chip also raises `EF_GAUGES` in `device_agent/chip/recorder/ef_recorder.h`,
    which is above all numbers of a chip's gauges (3 is the Linux agent's alone), and the
    size of a frame in `builds/image/schema_table.py`. The Linux agent measures its own in
    `device_agent/slot_runner.py`. Words for people: `fleet/console/present/gauges.py`.
    """

    STACK_BYTES = 0  # the deepest stack
    BATTERY_MILLIVOLTS = 1
    TEMPERATURE_DECIDEGREES = 2  # tenths of a degree Celsius
    MEMORY_KIB = 3  # of the process that runs the model, resident; only Linux has processes


@dataclass(frozen=True, slots=True)
class Gauge:
    """The least and the greatest of a number in the window, as signed numbers of 32 bits."""

    number: int
    low: int
    high: int

    @property
    def name(self) -> str:
        """What it is called where people read it."""
        known = self.number in set(GaugeKind)
        return GaugeKind(self.number).name.lower() if known else f"gauge_{self.number}"


@dataclass(frozen=True, slots=True)
class Frame:
    """A window [t_open, t_open + duration] in seconds of the device's uptime."""

    schema_id: bytes
    boot_id: int
    seq: int
    t_open_s: int
    duration_s: int
    samples: int
    flags: FrameFlags
    blob: bytes
    gauges: tuple[Gauge, ...] = ()  # by number, each at most once


def encode_frame(frame: Frame) -> bytes:
    """Return the frame's bytes."""
    numbers = (frame.boot_id, frame.seq, frame.t_open_s, frame.duration_s, frame.samples)
    parts = [VERSION, frame.schema_id, *numbers, int(frame.flags), frame.blob]
    told = {gauge.number: [gauge.low, gauge.high] for gauge in frame.gauges}
    return cbor2.dumps([*parts, told] if told else parts)


def decode_frame(data: bytes) -> Frame:
    """Return the frame in ``data``, or a sentence that says why it is none."""
    if len(data) > FRAME_LIMIT:
        raise ProtocolError(f"The frame has {len(data)} bytes, at most {FRAME_LIMIT} are accepted.")
    if data[:1] not in {bytes([ARRAY_OF_NINE]), bytes([ARRAY_OF_TEN])}:
        raise ProtocolError("A frame is a CBOR array of nine, or of ten with gauges.")
    frame = _frame_of(_loads(data))
    if encode_frame(frame) != data:
        raise ProtocolError("The frame is not in its one canonical encoding.")
    return frame


def split_frames(data: bytes) -> list[bytes]:
    """Return the frames of a sequence, each still to be decoded. Raises ProtocolError."""
    source = BytesIO(data)
    frames: list[bytes] = []
    decoder = cbor2.CBORDecoder(source)
    while (at := source.tell()) < len(data):
        if len(frames) == SEQUENCE_FRAMES:
            raise ProtocolError(f"A sequence holds at most {SEQUENCE_FRAMES} frames.")
        try:
            decoder.decode()
        except (
            Exception
        ) as error:  # a decoder of foreign bytes: whatever it raises, they are refused
            raise ProtocolError("The sequence is not of CBOR items.") from error
        frames.append(data[at : source.tell()])
    if not frames:
        raise ProtocolError("The sequence holds no frame.")
    return frames


def pack_counts(counts: Sequence[int]) -> bytes:
    """Counts as bytes: small numbers short, runs of zeros shorter."""
    out = bytearray()
    zeros = 0
    for count in counts:
        if count == 0:
            zeros += 1
            continue
        zeros = _put_zeros(out, zeros)
        _put_varint(out, count)
    _put_zeros(out, zeros)
    return bytes(out)


def unpack_counts(blob: bytes, length: int) -> list[int]:
    """Return the ``length`` counts in ``blob``."""
    counts: list[int] = []
    position = 0
    while position < len(blob):
        value, position = _take_varint(blob, position)
        run = 1
        if value == 0:
            extra, position = _take_varint(blob, position)
            run += extra
        if len(counts) + run > length:
            raise ProtocolError(f"The frame holds more than the {length} counts of its schema.")
        counts.extend([value] * run)
    if len(counts) != length:
        raise ProtocolError(f"The frame holds {len(counts)} counts, its schema {length}.")
    if pack_counts(counts) != blob:
        raise ProtocolError("The counts are not in their one canonical packing.")
    return counts


def _loads(data: bytes) -> object:
    try:
        return cbor2.loads(data)
    except Exception as error:  # a decoder of foreign bytes: whatever it raises, they are refused
        raise ProtocolError("The frame is not CBOR.") from error


def _frame_of(value: object) -> Frame:
    gauges: tuple[Gauge, ...] = ()
    match value:
        case [*parts, bytes(), dict(told)]:
            gauges, value = _gauges_of(told), [*parts, value[-2]]
    match value:
        case [int(version), bytes(schema_id), *numbers, bytes(blob)] if version == VERSION:
            pass
        case _:
            raise ProtocolError(f"The frame is not of version {VERSION}.")
    if len(schema_id) != SCHEMA_ID_BYTES:
        raise ProtocolError(f"A schema id has {SCHEMA_ID_BYTES} bytes, not {len(schema_id)}.")
    if len(numbers) != NUMBERS:
        raise ProtocolError(f"A frame has {NUMBERS} numbers, not {len(numbers)}.")
    boot_id, seq, t_open, duration, samples, flags = map(_u32, numbers)
    known = FrameFlags(flags & 0xF)
    return Frame(schema_id, boot_id, seq, t_open, duration, samples, known, blob, gauges)


def _gauges_of(told: dict[object, object]) -> tuple[Gauge, ...]:
    if len(told) > GAUGES_LIMIT:
        raise ProtocolError(f"A frame has at most {GAUGES_LIMIT} gauges.")
    gauges = []
    for number, ends in told.items():
        match number, ends:
            case int(), [int(low), int(high)] if I32_MIN <= low <= high <= I32_MAX:
                if bool in map(type, (number, low, high)):
                    raise ProtocolError("A gauge has numbers, not truth values.")
                gauges.append(Gauge(number, low, high))
            case _:
                raise ProtocolError("A gauge is a number with its least and its greatest value.")
    numbers = [gauge.number for gauge in gauges]
    if numbers != sorted(numbers) or not all(0 <= each < GAUGE_NUMBERS for each in numbers):
        raise ProtocolError(f"Gauges ascend by number, from 0 to {GAUGE_NUMBERS - 1}.")
    return tuple(gauges)


def _u32(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= U32_MAX:
        raise ProtocolError("A number in the frame does not fit 32 bits.")
    return value


def _put_varint(out: bytearray, value: int) -> None:
    if not 0 <= value <= VARINT_MAX:
        raise ProtocolError(f"A count of {value} does not fit 32 bits.")
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _put_zeros(out: bytearray, run: int) -> int:
    if run:
        out.append(0)
        _put_varint(out, run - 1)
    return 0


def _take_varint(blob: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(blob):
        byte = blob[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value > VARINT_MAX:
                break
            return value, position
        shift += 7
        if shift > 28:
            break
    raise ProtocolError("A count in the frame is cut short or does not fit 32 bits.")
