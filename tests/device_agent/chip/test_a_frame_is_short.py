"""How long a window of the standard profile is on the wire: eight features, four classes."""

import ctypes
import random

import pytest

from device_agent.protocol.frame import decode_frame, unpack_counts
from device_agent.protocol.schema import Feature, TelemetrySchema
from tests.device_agent.chip.host import WindowName, chip_recorder, tensor

pytestmark = pytest.mark.toolchain

# Fourteen bins of equal mass and two tails of what the mean of one element can be.
EDGES = (-127, *(round(-128 + 256 * i / 14) for i in range(1, 14)), 127)
SCHEMA = TelemetrySchema(
    "standard", "1", tuple(Feature(f"f{i}", "mean", EDGES) for i in range(8)), tuple("abcd")
)


def frame_of(chip: ctypes.CDLL, samples: int) -> bytes:
    """Inputs as in the reference, a model that is mostly sure, latencies that spread a little."""
    chance = random.Random(samples)
    recorder = chip_recorder(chip, SCHEMA, tensor("x", (1, 1)), tensor("y", (1, 4)))
    recorder.open(100)
    for _ in range(samples):
        best, sure = chance.randrange(4), min(127, int(chance.gauss(110, 30)))
        output = [-100] * 4
        output[best] = max(sure, -99)
        answer = bytes(value & 0xFF for value in output)
        recorder.record(chance.randbytes(1), answer, int(chance.gauss(12_000, 1500)))
    length, frame = recorder.encode(WindowName(40, 1000, 3700, 0, 0))
    assert length == len(frame)
    return frame


@pytest.mark.parametrize("samples", [0, 60, 360, 1400])
def test_a_window_takes_at_most_two_hundred_bytes(chip: ctypes.CDLL, samples: int) -> None:
    frame = frame_of(chip, samples)
    assert len(frame) <= 200
    decoded = decode_frame(frame)
    counts = unpack_counts(decoded.blob, SCHEMA.layout.total)
    assert decoded.samples == samples
    assert sum(counts[SCHEMA.layout.feature(7)]) == samples


def test_bins_beyond_a_hundred_take_two_bytes_each(chip: ctypes.CDLL) -> None:
    assert 200 < len(frame_of(chip, 3600)) <= 345
