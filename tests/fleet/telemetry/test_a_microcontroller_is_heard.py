"""A window that the chip's own code counted and encoded is a window like any other."""

import random
from pathlib import Path

import pytest

from device_agent.protocol.frame import Gauge, encode_frame
from fleet.telemetry.models import Report
from fleet.telemetry.monitor.charts import device_summary
from tests import personas
from tests.device_agent.chip.host import WindowName, chip_recorder, host_library, tensor
from tests.fleet.telemetry.world import registered, schema, unit

pytestmark = [pytest.mark.django_db, pytest.mark.toolchain]

STACK, BATTERY, TEMPERATURE = range(3)
SAMPLES = 40


def frame_of_a_chip(folder: Path, *, seq: int, battery: tuple[int, ...]) -> bytes:
    chance = random.Random(seq)
    given, output = tensor("x", (1, 8, 8, 1)), tensor("y", (1, len(schema().classes)))
    recorder = chip_recorder(host_library(folder), schema(), given, output)
    recorder.open(900)
    for _ in range(SAMPLES):
        recorder.record(chance.randbytes(given.bytes), chance.randbytes(output.bytes), 1500)
    for millivolts in battery:
        recorder.tell(BATTERY, millivolts)
        recorder.tell(TEMPERATURE, -5)
    _, frame = recorder.encode(WindowName(1, seq, 960, 0, 0))
    return frame


def test_its_window_counts_and_its_gauges_are_shown(tmp_path: Path) -> None:
    registered()
    board = unit("board")
    told = frame_of_a_chip(tmp_path, seq=0, battery=(3280, 3100, 3210))
    answer = board.post(told)
    assert (answer.status_code, answer.data["dup"]) == (200, False)
    assert board.post(told).data["dup"] is True
    (first,) = Report.objects.all()
    gauges = {"battery_millivolts": [3100, 3280], "temperature_decidegrees": [-5, -5]}
    assert (first.samples, first.gauges) == (SAMPLES, gauges)
    summary = device_summary(board.row)
    assert summary is not None
    assert summary["gauges"] == gauges
    page = personas.client("viewer").get(f"/console/devices/{board.row.public_id}")
    shown = page.content.decode()
    assert "3.10 to 3.28 V" in shown
    assert "-0.5 °C" in shown


def test_what_measures_nothing_has_nothing_to_show() -> None:
    registered()
    cam = unit()
    cam.report()
    assert Report.objects.get().gauges == {}
    summary = device_summary(cam.row)
    assert summary is not None
    assert summary["gauges"] == {}


def test_a_gauge_that_no_chip_could_mean_is_refused() -> None:
    registered()
    cam = unit()
    body = encode_frame(cam.frame(gauges=(Gauge(0, 2, 1),)))
    answer = cam.post(body)
    assert answer.status_code == 400
    assert "A gauge is a number with its least and its greatest value." in answer.content.decode()
    assert not Report.objects.exists()
