"""Counts, numbers and times that cannot be true: refused with a reason, and counted by reason."""

from typing import Any

import pytest

from device_agent.protocol.frame import encode_frame, pack_counts
from fleet.devices.choices import EventKind
from fleet.devices.models import DeviceEvent
from fleet.lib.errors import Conflict, Unprocessable
from fleet.telemetry.ingest.plausible import TRIED_MAX
from fleet.telemetry.ingest.report import report_ingest
from fleet.telemetry.models import Refusal, Report
from tests.fleet.telemetry.world import Unit, counts, registered, schema, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def cam() -> Unit:
    registered()
    return unit()


def row(cam: Unit, samples: int = 150, **changes: int) -> bytes:
    """Packed counts with some counters replaced."""
    found = counts(cam.random, samples)
    for name, value in changes.items():
        found[schema().layout.counter(name)] = value
    return pack_counts(found)


def refused(cam: Unit, **changes: Any) -> str:
    """What is said to a window; it is counted once, and nothing else is left of it."""
    before = Report.objects.count()
    body = encode_frame(cam.frame(**changes))
    with pytest.raises((Unprocessable, Conflict)) as caught:
        report_ingest(device=cam.row, body=body, uptime_s=1000, boot_id=1)
    assert Report.objects.count() == before
    kept = Refusal.objects.get(device=cam.row, code=caught.value.reason)
    assert kept.sentence == caught.value.message
    return f"{caught.value.reason} {kept.windows}: {caught.value.message}"


@pytest.mark.parametrize("name", ["invalid", "errors"])
def test_a_counter_beyond_what_can_be_tried(cam: Unit, name: str) -> None:
    said = refused(cam, blob=row(cam, **{name: 4_000_000_000}))
    assert f"4000000000 {name}, at most {TRIED_MAX}" in said


def test_invalid_inputs_leave_no_room_for_more_counts(cam: Unit) -> None:
    blob = row(cam, samples=500, invalid=1000)
    assert "150 samples and counts 500 in 'mean'" in refused(cam, blob=blob)


def test_fewer_counts_than_samples(cam: Unit) -> None:
    assert "150 samples and counts 100" in refused(cam, blob=row(cam, samples=100))


def test_a_number_that_no_boot_reached(cam: Unit) -> None:
    assert "Window 4294967295 cannot be" in refused(cam, seq=2**32 - 1)


def test_a_window_longer_than_its_boot(cam: Unit) -> None:
    assert "1980 s after a boot that is 1000 s old" in refused(cam, duration_s=1000)


def test_a_window_of_months(cam: Unit) -> None:
    assert "at most 691200 s" in refused(cam, boot_id=2, duration_s=10_000_000)


def test_a_version_that_it_never_ran(cam: Unit) -> None:
    other = registered("2.0")
    detail = {"model": "digits", "version": "1.0"}
    DeviceEvent.objects.create(device=cam.row, kind=EventKind.RUNNING, text="", detail=detail)
    said = refused(cam, schema_id=bytes.fromhex(other.schema_id))
    assert said.startswith("never_ran 1: This device never ran")
    assert cam.report().dup is False, "the one it said it runs is counted"


def test_each_refusal_is_counted(cam: Unit) -> None:
    refused(cam, seq=2**32 - 1)
    assert refused(cam, seq=2**32 - 2).startswith("implausible 2")


def test_a_number_used_twice_for_different_windows_is_told(cam: Unit) -> None:
    cam.report(seq=7)
    said = refused(cam, seq=7)
    assert said.startswith("other_content 1: Window 7 of boot 1 was counted")
