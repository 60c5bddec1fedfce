"""Ingest over HTTP: retries, replays, gaps."""

import pytest

from device_agent.protocol.frame import encode_frame
from fleet.telemetry import selectors
from fleet.telemetry.models import Ledger, Report
from tests.fleet.telemetry.world import registered, unit

pytestmark = pytest.mark.django_db


def test_a_window_is_counted_and_acknowledged() -> None:
    registered()
    answer = unit().post()
    assert answer.status_code == 200, answer.data
    assert (answer.data["dup"], answer.data["high_seq"]) == (False, 0)
    assert Report.objects.get().samples == 150


def test_a_repeated_window_is_acknowledged_and_not_counted() -> None:
    registered()
    cam = unit()
    body = encode_frame(cam.frame())
    assert cam.post(body).data["dup"] is False
    again = cam.post(body)
    assert (again.status_code, again.data["dup"]) == (200, True)
    assert Report.objects.count() == 1


def test_a_window_stays_counted_after_its_report_was_purged() -> None:
    registered()
    cam = unit()
    body = encode_frame(cam.frame())
    cam.post(body)
    Report.objects.all().delete()
    assert cam.post(body).data["dup"] is True
    assert not Report.objects.exists()


def test_the_same_number_in_another_boot_is_another_window() -> None:
    registered()
    cam = unit()
    cam.report()
    cam.report(boot_id=2, seq=0)
    assert Report.objects.count() == 2


def test_windows_may_come_in_any_order_and_gaps_are_known() -> None:
    registered()
    cam = unit()
    for seq in (5, 0, 3):
        cam.report(seq=seq)
    ledger = Ledger.objects.get()
    assert (ledger.high_seq, ledger.received) == (5, [[0, 0], [3, 3], [5, 5]])
    assert selectors.windows_lost(cam.row) == 3
    assert cam.report(seq=4).dup is False


def test_a_copied_window_is_nothing_for_another_device() -> None:
    registered()
    cam, other = unit("cam-01"), unit("cam-02", 2)
    body = encode_frame(cam.frame())
    cam.post(body)
    stolen = other.post(body, path="/device/v1/telemetry/cam-01")
    assert stolen.status_code == 404
    assert Report.objects.count() == 1
