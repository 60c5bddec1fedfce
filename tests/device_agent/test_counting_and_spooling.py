"""The recorder counts in the schema's bins; the spool keeps windows, bounded, over restarts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.errors import Rejected
from device_agent.model import Inference
from device_agent.protocol.bundle import load_bundle
from device_agent.protocol.frame import (
    WINDOW_SAMPLES_MAX,
    Frame,
    FrameFlags,
    Gauge,
    GaugeKind,
    pack_counts,
    unpack_counts,
)
from device_agent.protocol.manifest import Manifest
from device_agent.telemetry.recorder import Recorder
from device_agent.telemetry.spool import FOLDER, Spool
from tests.device_agent.simulators.bundles import bundle_of, schema_of
from tests.device_agent.simulators.device import SimDevice, enrolled_device
from tests.device_agent.simulators.storage import SimStorage

SCHEMA = schema_of("1.0")
LAYOUT = SCHEMA.layout


def manifest() -> Manifest:
    import io

    return load_bundle(io.BytesIO(bundle_of("1.0"))).manifest


def run(tensor: bytes, output: bytes, latency_us: int = 100, *, low: bool = False) -> Inference:
    return Inference((tensor,), (output,), latency_us, low, False)


def sealed(recorder: Recorder, seq: int = 1, dropped: int = 0) -> Frame:
    return recorder.seal(now=130.0, boot_id=7, seq=seq, flags=FrameFlags.NONE, dropped=dropped)


def counts_of(frame: Frame) -> list[int]:
    return unpack_counts(frame.blob, LAYOUT.total)


def test_a_window_tells_the_least_and_the_most_memory_and_the_next_begins_again() -> None:
    recorder = Recorder(SCHEMA, manifest(), now=100.0)
    for kib in (500, 900, 700):
        recorder.measure(GaugeKind.MEMORY_KIB, kib)
    assert sealed(recorder).gauges == (Gauge(GaugeKind.MEMORY_KIB, 500, 900),)
    assert sealed(recorder).gauges == ()


TENSORS = st.binary(min_size=4, max_size=4)


@given(st.lists(st.tuples(TENSORS, TENSORS, st.integers(0, 2**34)), max_size=40))
def test_every_inference_is_counted_once_in_every_block(
    runs: list[tuple[bytes, bytes, int]],
) -> None:
    recorder = Recorder(SCHEMA, manifest(), now=100.0)
    for tensor, output, latency in runs:
        recorder.record(run(tensor, output, latency))
    frame = sealed(recorder)
    counts = counts_of(frame)
    assert frame.samples == len(runs)
    blocks = [LAYOUT.feature(0), LAYOUT.feature(1), LAYOUT.confidences, LAYOUT.latency]
    assert [sum(counts[block]) for block in blocks] == [len(runs)] * 4


def test_one_inference_lands_where_its_numbers_say() -> None:
    recorder = Recorder(SCHEMA, manifest(), now=100.0)
    recorder.record(run(bytes([60, 60, 60, 60]), bytes([0, 0x7F, 0, 0]), 65))
    counts = counts_of(sealed(recorder))
    assert counts[LAYOUT.feature(0)] == [0, 0, 0, 1]  # mean 60 lies above all edges
    assert counts[LAYOUT.feature(1)] == [1, 0]  # no contrast
    assert counts[LAYOUT.confidence(1)][15] == 1  # class one, as sure as can be
    assert counts[LAYOUT.latency][1] == 1


def test_what_went_wrong_is_counted() -> None:
    recorder = Recorder(SCHEMA, manifest(), now=100.0)
    recorder.invalid()
    recorder.error()
    recorder.error()
    recorder.record(run(bytes(4), bytes(4), low=True))
    counts = counts_of(sealed(recorder, dropped=3))
    names = ("invalid", "below_min", "above_max", "errors", "dropped_windows")
    assert [counts[LAYOUT.counter(name)] for name in names] == [1, 1, 0, 2, 3]


def test_a_window_names_its_place_in_time_and_the_next_begins_empty() -> None:
    recorder = Recorder(SCHEMA, manifest(), now=100.0)
    recorder.record(run(bytes(4), bytes(4)))
    frame = sealed(recorder)
    assert (frame.t_open_s, frame.duration_s, frame.boot_id) == (100, 30, 7)
    assert recorder.empty
    assert recorder.age(140.0) == 10.0
    assert not any(counts_of(sealed(recorder)))


def test_a_window_is_full_before_a_count_could_overflow() -> None:
    recorder = Recorder(SCHEMA, manifest(), now=0.0)
    recorder.samples = WINDOW_SAMPLES_MAX
    assert recorder.full


def test_a_model_that_does_not_classify_still_has_latency_and_features() -> None:
    real = replace(manifest(), outputs=(replace(manifest().outputs[0], dtype="float32", bytes=4),))
    recorder = Recorder(SCHEMA, real, now=0.0)
    recorder.record(run(bytes(4), bytes(4)))
    counts = counts_of(sealed(recorder))
    assert sum(counts[LAYOUT.confidences]) == 0
    assert sum(counts[LAYOUT.latency]) == 1


def window(seq: int, boot: int = 1, size: int = 100) -> Frame:
    blob = pack_counts([1] * size)
    return Frame(SCHEMA.schema_id, boot, seq, 0, 60, 1, FrameFlags.NONE, blob)


def test_windows_survive_a_restart_in_order() -> None:
    storage = SimStorage()
    spool = Spool(storage, limit_bytes=10_000)
    for boot, seq in ((2, 1), (1, 1), (1, 2)):
        spool.put(window(seq, boot))
    again = Spool(storage, limit_bytes=10_000)
    assert [(f.boot_id, f.seq) for _, f, _ in again.waiting()] == [(1, 1), (1, 2), (2, 1)]


def test_the_oldest_go_first_and_are_counted() -> None:
    storage = SimStorage()
    spool = Spool(storage, limit_bytes=600)
    for seq in range(1, 21):
        spool.put(window(seq))
        assert spool.size_bytes <= 600
    kept = [frame.seq for _, frame, _ in spool.waiting()]
    assert kept == list(range(21 - len(kept), 21))
    assert spool.take_dropped() == 20 - len(kept)
    assert spool.take_dropped() == 0


def test_a_month_offline_fills_nothing() -> None:
    spool, hours = Spool(SimStorage(), limit_bytes=4096), 30 * 24
    for hour in range(hours):
        spool.put(window(hour + 1))
    assert spool.size_bytes <= 4096
    kept = [frame.seq for _, frame, _ in spool.waiting()]
    assert kept == list(range(hours + 1 - len(kept), hours + 1)), "the newest are kept"
    assert spool.size_bytes > 4096 // 2, "as many as there is room for"
    assert spool.take_dropped() == hours - len(kept)


def test_a_torn_window_is_dropped_and_counted() -> None:
    storage = SimStorage()
    spool = Spool(storage, limit_bytes=10_000)
    spool.put(window(1))
    spool.put(window(2))
    storage.files[f"{FOLDER}/00000001-00000001.cbor"].data[:] = b"\x89"
    storage.files[f"{FOLDER}/x.cbor.new"] = storage.files[f"{FOLDER}/00000001-00000001.cbor"]
    again = Spool(storage, limit_bytes=10_000)
    assert [frame.seq for _, frame, _ in again.waiting()] == [2]
    assert again.take_dropped() == 1
    assert storage.names(FOLDER) == ["00000001-00000002.cbor"]


def with_windows(count: int) -> SimDevice:
    device = enrolled_device()
    spool = Spool(device.storage, limit_bytes=10**6)
    for seq in range(1, count + 1):
        spool.put(window(seq))
    return device


def test_windows_are_handed_in_once_and_then_gone() -> None:
    device = with_windows(5)
    agent = device.boot()
    agent.visit()
    agent.visit()
    assert len(device.service.frames) == 5
    posts = [path for _, path in device.service.requests if "telemetry" in path]
    assert len(posts) == 5
    assert list(agent.spool.waiting()) == []


def test_a_visit_hands_in_a_bounded_number() -> None:
    device = with_windows(100)
    device.boot().visit()
    assert len(device.service.frames) == 64


def test_windows_that_are_refused_for_good_do_not_block_the_others() -> None:
    device = with_windows(2)
    device.service.telemetry_status = 422
    agent = device.boot()
    agent.visit()
    assert list(agent.spool.waiting()) == []
    assert agent.spool.dropped == 2


def test_windows_wait_while_the_service_is_unwell() -> None:
    device = with_windows(2)
    device.service.telemetry_status = 403
    agent = device.boot()
    with pytest.raises(Rejected):
        agent.visit()
    assert len(list(agent.spool.waiting())) == 2


def test_the_uptime_goes_with_every_window() -> None:
    device = with_windows(1)
    device.boot().visit()
    request = next(r for r in device.wire.sent if "telemetry" in r.url)
    assert request.headers["X-Uptime-Now"] == "1000"
    assert request.headers["Content-Type"] == "application/cbor"
