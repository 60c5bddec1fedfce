"""The recorder's machine code on emulated cores, beside the Linux agent's recorder."""

import random

import pytest

from builds.bench.chip.__main__ import MODEL
from builds.bench.chip.budget import misses, share_rows
from builds.bench.chip.emulated import inference_share, run_probe
from builds.bench.chip.linked import standard_schema
from builds.verify import EngineUnavailable
from device_agent.model import Inference
from device_agent.protocol.frame import FrameFlags, encode_frame
from device_agent.protocol.manifest import Manifest, Tensor
from device_agent.telemetry.recorder import Recorder

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]

GIVEN = Tensor("x", "int8", (1, 6, 6, 2), 1.0, 0, 72)
OUTPUT = Tensor("y", "int8", (1, 4), 1.0, 0, 4)
MICROSECONDS, SECONDS = 12_345, 60  # as in `probe.cc`
RUNS = 12


def by_the_agent(runs: list[bytes]) -> list[bytes]:
    """The frame after each run."""
    manifest = Manifest("m", "1", 1, "t", {}, (GIVEN,), (OUTPUT,), 1, (), 1)
    frames = []
    for count in range(1, len(runs) + 1):
        recorder = Recorder(standard_schema(), manifest, now=0)
        for run in runs[:count]:
            tensors = (run[: GIVEN.bytes],), (run[GIVEN.bytes :],)
            recorder.record(Inference(*tensors, MICROSECONDS, False, False))
        sealed = recorder.seal(now=SECONDS, boot_id=1, seq=1, flags=FrameFlags.NONE, dropped=0)
        frames.append(encode_frame(sealed))
    return frames


@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m4f"])
def test_frames_of_an_emulated_core_are_equal_byte_for_byte(target: str) -> None:
    chance = random.Random(5)
    runs = [chance.randbytes(GIVEN.bytes + OUTPUT.bytes) for _ in range(RUNS - 2)]
    runs += [b"\x80" * 76, b"\x7f" * 76]
    try:
        answer = run_probe(standard_schema(), GIVEN, OUTPUT, target, runs)
    except EngineUnavailable as missing:
        pytest.skip(str(missing))
    for frame, given in zip(by_the_agent(runs), answer.outputs, strict=True):
        assert given == frame.ljust(len(given), b"\0")


def test_counting_is_a_small_part_of_an_inference() -> None:
    if not MODEL.exists():
        pytest.skip("the public models are not beside the project")
    try:
        share = inference_share(MODEL, "cortex-m4f")
    except EngineUnavailable as missing:
        pytest.skip(str(missing))
    assert misses(share_rows(share)) == []
    assert 0 < share.per_cent < 1
