"""Calls at the same instant. Not collected by name: SQLite has one writer at a time anyway, so
`test_the_database_may_be_postgresql.py` runs this file where many may write.
"""

from collections.abc import Callable
from typing import Any

import pytest

from device_agent.protocol.frame import encode_frame
from device_agent.protocol.telemetry import Ack
from fleet.devices.enrolment import device_enrol
from fleet.devices.models import Device
from fleet.lib.errors import Unavailable
from fleet.telemetry.ingest import report_ingest
from fleet.telemetry.models import Ledger, Report
from fleet.telemetry.received import missing
from tests.devices.factories import Machine, code
from tests.servers.together import together
from tests.telemetry.world import registered, unit

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_window_sent_eight_times_at_once_counts_once() -> None:
    registered()
    cam = unit()
    body = encode_frame(cam.frame())
    acks = together([lambda: report_ingest(device=cam.row, body=body, uptime_s=1000)] * 8)
    assert Report.objects.count() == 1
    assert [ack.dup for ack in acks].count(False) == 1


def test_windows_at_once_are_counted_or_asked_for_again() -> None:
    registered()
    cam = unit()
    bodies = [encode_frame(cam.frame()) for _ in range(6)]

    def send(body: bytes) -> Callable[[], Ack]:
        return lambda: report_ingest(device=cam.row, body=body, uptime_s=1000)

    answers = together([send(body) for body in bodies])
    kept = [each for each in answers if isinstance(each, Ack)]
    assert all(isinstance(each, Ack | Unavailable) for each in answers)
    assert Report.objects.count() == len(kept)
    assert Ledger.objects.get().revision == len(kept)
    assert missing(Ledger.objects.get().received) <= len(bodies) - len(kept)


def test_a_code_for_three_joins_three_of_eight() -> None:
    secret = code(uses=3)
    machines = [Machine(f"cam-{i}") for i in range(8)]

    def join(machine: Machine) -> Callable[[], Any]:
        return lambda: device_enrol(request=machine.request(secret))

    together([join(machine) for machine in machines])
    assert Device.objects.count() == 3


def test_one_device_that_enrols_six_times_at_once_is_one_device() -> None:
    machine, secret = Machine(), code()
    answers = together([lambda: device_enrol(request=machine.request(secret))] * 6)
    assert sorted(created for _, created in answers) == [False] * 5 + [True]
