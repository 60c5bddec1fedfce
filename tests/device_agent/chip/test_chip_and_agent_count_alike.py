"""What the chip's recorder counts and encodes is, byte for byte, what the Linux agent sends."""

import ctypes
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds.image.errors import ImageError
from builds.image.schema_table import ELEMENTS_MAX, schema_table
from device_agent.model import Inference
from device_agent.protocol.descriptors import DESCRIPTORS
from device_agent.protocol.frame import (
    WINDOW_SAMPLES_MAX,
    FrameFlags,
    Gauge,
    decode_frame,
    encode_frame,
)
from device_agent.protocol.manifest import Manifest, Tensor
from device_agent.protocol.schema import LATENCY_UPPER_US, Feature, TelemetrySchema
from device_agent.telemetry.recorder import Recorder
from tests.device_agent.chip.host import ChipRecorder, WindowName, chip_recorder, tensor

pytestmark = pytest.mark.toolchain

INVALID, BELOW_MIN, ABOVE_MAX, ERRORS = range(4)
SHAPES = st.sampled_from([(1, 1), (1, 2), (1, 7), (1, 2, 3, 2), (1, 4, 1, 3), (1, 5, 5, 1)])
EDGES = st.one_of(
    st.integers(-140, 140), st.integers(-5000, 5000), st.integers(-(2**31 - 1), 2**31 - 1)
)
FEATURES = st.builds(
    lambda descriptor, edges: (descriptor, tuple(sorted(edges))),
    st.sampled_from(sorted(DESCRIPTORS)),
    st.sets(EDGES, max_size=15),
)
# Elements at the ends of the type are what most descriptors are about.
ELEMENT = st.one_of(st.sampled_from([0x80, 0x7F, 0x00]), st.integers(0, 255))
BOUNDS = [bound + by for bound in LATENCY_UPPER_US for by in (-1, 0, 1)]
LATENCY = st.one_of(st.sampled_from([0, 1, *BOUNDS]), st.integers(0, 2**33))


@dataclass(frozen=True)
class Case:
    """A version, and what happens to it in one window."""

    schema: TelemetrySchema
    given: Tensor
    output: Tensor
    runs: tuple[tuple[bytes, bytes, int, bool, bool], ...]
    invalid: int
    errors: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    shape, classes = draw(SHAPES), draw(st.integers(0, 6))
    given_dtype = draw(st.sampled_from(["int8", "int8", "int8", "uint8"]))
    found = draw(st.lists(FEATURES, max_size=6))
    features = tuple(Feature(f"f{i}", name, edges) for i, (name, edges) in enumerate(found))
    names = tuple(f"c{i}" for i in range(classes))
    schema = TelemetrySchema("m", "1", features, names)
    of_output = draw(st.sampled_from([max(classes, 1), max(classes, 1), 5]))
    first, last = tensor("x", shape, dtype=given_dtype), tensor("y", (1, of_output))

    def some(size: int) -> st.SearchStrategy[bytes]:
        return st.lists(ELEMENT, min_size=size, max_size=size).map(bytes)

    run = st.tuples(some(first.bytes), some(last.bytes), LATENCY, st.booleans(), st.booleans())
    runs = tuple(draw(st.lists(run, max_size=12)))
    return Case(schema, first, last, runs, draw(st.integers(0, 300)), draw(st.integers(0, 3)))


def manifest_of(case: Case) -> Manifest:
    return Manifest(
        model="m",
        version="1",
        version_number=1,
        target="t",
        members={},
        inputs=(case.given,),
        outputs=(case.output,),
        golden_vectors=1,
        class_names=case.schema.classes,
        arena_bytes=1,
    )


def by_the_agent(case: Case, name: WindowName, opened: int) -> bytes:
    recorder = Recorder(case.schema, manifest_of(case), now=opened)
    for given_bytes, output, latency, low, high in case.runs:
        recorder.record(Inference((given_bytes,), (output,), latency, low, high))
    for _ in range(case.invalid):
        recorder.invalid()
    for _ in range(case.errors):
        recorder.error()
    frame = recorder.seal(
        now=name.now_s,
        boot_id=name.boot,
        seq=name.seq,
        flags=FrameFlags(name.flags),
        dropped=name.dropped,
    )
    return encode_frame(frame)


def by_the_chip(case: Case, name: WindowName, recorder: ChipRecorder) -> bytes:
    for number, (given_bytes, output, latency, low, high) in enumerate(case.runs, 1):
        assert recorder.record(given_bytes, output, latency) == number
        for counter, happened in ((BELOW_MIN, low), (ABOVE_MAX, high)):
            if happened:
                recorder.count(counter)
    for counter, times in ((INVALID, case.invalid), (ERRORS, case.errors)):
        for _ in range(times):
            recorder.count(counter)
    length, frame = recorder.encode(name)
    assert length == len(frame)
    return frame


U32 = st.one_of(st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536]), st.integers(0, 2**32 - 1))
NAMES = st.builds(WindowName, U32, U32, U32, st.integers(0, 15), U32)


@settings(max_examples=60, deadline=None)
@given(cases(), NAMES, NAMES, U32)
def test_frames_are_equal_byte_for_byte(
    chip: ctypes.CDLL, case: Case, first: WindowName, second: WindowName, opened: int
) -> None:
    recorder = chip_recorder(chip, case.schema, case.given, case.output)
    recorder.open(opened)
    assert by_the_chip(case, first, recorder) == by_the_agent(case, first, opened)
    recorder.reopen(first.now_s)
    assert by_the_chip(case, second, recorder) == by_the_agent(case, second, first.now_s)


SCHEMA = TelemetrySchema(
    "m", "1", tuple(Feature(name, name, (0, 10)) for name in DESCRIPTORS), ("a", "b")
)


@pytest.mark.parametrize("shape", [(1, ELEMENTS_MAX), (1, 1, 1, 3), (1, 257, 255, 3)])
@pytest.mark.parametrize("element", [b"\x80", b"\x7f", b"\x80\x7f", b"\x7f\x00\x80"])
def test_the_largest_sums_are_exact(
    chip: ctypes.CDLL, shape: tuple[int, ...], element: bytes
) -> None:
    first = tensor("x", shape)
    values = (element * first.bytes)[: first.bytes]
    edges = (-128, 0, 1, 126, 127, 128, 999, 1000, 4079, 4080)
    features = tuple(Feature(name, name, edges) for name in DESCRIPTORS)
    schema = TelemetrySchema("m", "1", features, ("a", "b"))
    case = Case(
        schema, first, tensor("y", (1, 2)), ((values, b"\x80\x80", 64, False, False),), 0, 0
    )
    name = WindowName(1, 1, 60, 0, 0)
    recorder = chip_recorder(chip, schema, case.given, case.output)
    recorder.open(0)
    assert by_the_chip(case, name, recorder) == by_the_agent(case, name, 0)


def test_a_full_window_counts_no_more(chip: ctypes.CDLL) -> None:
    schema = TelemetrySchema("m", "1", (), ("a", "b"))
    recorder = chip_recorder(chip, schema, tensor("x", (1, 1)), tensor("y", (1, 2)))
    recorder.open(0)
    found = [recorder.record(b"\x00", b"\x00\x7f", 1) for _ in range(WINDOW_SAMPLES_MAX)]
    whole = recorder.encode(WindowName(1, 1, 60, FrameFlags.FULL, 0))
    assert found == list(range(1, WINDOW_SAMPLES_MAX + 1))
    assert recorder.record(b"\x00", b"\x00\x7f", 1) > WINDOW_SAMPLES_MAX
    assert recorder.encode(WindowName(1, 1, 60, FrameFlags.FULL, 0)) == whole


I32 = st.one_of(
    st.sampled_from([0, -1, 23, 24, -24, -25, 256, -257, 65_536, 2**31 - 1, -(2**31)]),
    st.integers(-(2**31), 2**31 - 1),
)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), I32), max_size=8))
def test_gauges_are_the_least_and_the_greatest_of_the_window(
    chip: ctypes.CDLL, told: list[tuple[int, int]]
) -> None:
    recorder = chip_recorder(chip, SCHEMA, tensor("x", (1, 3)), tensor("y", (1, 2)))
    recorder.open(0)
    for gauge, value in told:
        recorder.tell(gauge, value)
    name = WindowName(1, 1, 60, 0, 0)
    _, raw = recorder.encode(name)
    wanted = {
        number: [value for gauge, value in told if gauge == number]
        for number in sorted({gauge for gauge, _ in told})
    }
    decoded = decode_frame(raw)
    assert decoded.gauges == tuple(Gauge(n, min(all_), max(all_)) for n, all_ in wanted.items())
    recorder.reopen(60)
    assert decode_frame(recorder.encode(name)[1]).gauges == ()


@given(st.integers(0, 200))
def test_a_buffer_that_is_too_short_is_never_overrun(chip: ctypes.CDLL, room: int) -> None:
    recorder = chip_recorder(chip, SCHEMA, tensor("x", (1, 3)), tensor("y", (1, 2)))
    recorder.open(0)
    recorder.record(b"\x80\x01\x02", b"\x01\x02", 100)
    name = WindowName(7, 8, 9, 0, 10)
    length, whole = recorder.encode(name)
    told, some = recorder.encode(name, room)
    assert told == length
    assert some == whole[:room]


@settings(max_examples=20, deadline=None)
@given(cases())
def test_the_longest_frame_is_as_long_as_the_table_says(chip: ctypes.CDLL, case: Case) -> None:
    recorder = chip_recorder(chip, case.schema, case.given, case.output)
    recorder.open(0)
    frame = by_the_chip(case, WindowName(2**32 - 1, 2**32 - 1, 2**32 - 1, 15, 2**32 - 1), recorder)
    assert len(frame) <= recorder.table.frame_bytes_max


def test_a_recorder_refuses_memory_that_is_too_small(chip: ctypes.CDLL) -> None:
    table = schema_table(SCHEMA, tensor("x", (1, 3)), tensor("y", (1, 2)))
    words = (ctypes.c_uint32 * len(table.words))(*table.words)
    memory = ctypes.create_string_buffer(4096)
    assert chip.ef_recorder_init(memory, 8, words, 0) is None


@given(st.data())
def test_a_table_that_was_tampered_with_is_not_whole(
    chip: ctypes.CDLL, data: st.DataObject
) -> None:
    table = schema_table(SCHEMA, tensor("x", (1, 3)), tensor("y", (1, 2)))
    total = len(table.words)
    words = (ctypes.c_uint32 * total)(*table.words)
    assert chip.ef_schema_check(words, total) == total
    assert chip.ef_schema_check(words, total + 9) == total
    assert chip.ef_schema_check(words, data.draw(st.integers(0, total - 1))) == 0
    at = data.draw(st.sampled_from([0, 1, 5, 7, 8, 9, 18, 21, 24, 27, 30]))
    words[at] ^= data.draw(st.integers(1, 2**32 - 1).filter(lambda bits: bits & 0xFFFF_FFF8))
    assert chip.ef_schema_check(words, total) == 0


def test_an_input_that_is_too_large_for_a_chip_is_refused() -> None:
    with pytest.raises(ImageError, match="1 to 262143 elements, this one has 262144"):
        schema_table(SCHEMA, tensor("x", (1, ELEMENTS_MAX + 1)), tensor("y", (1, 2)))
