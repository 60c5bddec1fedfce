"""Calls at the same instant. Not collected by name: SQLite has one writer at a time anyway, so
`test_the_database_may_be_postgresql.py` runs this file where many may write.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from device_agent.protocol.frame import encode_frame
from device_agent.protocol.telemetry import Ack
from fleet.devices.enrolment.join import device_enrol
from fleet.devices.keys.use import key_revoke
from fleet.devices.models import Device
from fleet.lib.errors import Forbidden, Unavailable
from fleet.telemetry.ingest.report import report_ingest
from fleet.telemetry.ingest.sequence import missing
from fleet.telemetry.models import Ledger, Report
from tests.fleet.devices.factories import Machine, code, device
from tests.fleet.telemetry.world import registered, unit
from tests.personas import SYSTEM
from tests.servers.together import of, together

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


def test_a_key_revoked_while_another_device_takes_it_is_over_for_both() -> None:
    first, second = Machine("cam-a"), Machine("cam-b")
    second.key = first.key
    row, secret = device("cam-a", first), code()
    waits, done = threading.Event(), threading.Event()

    def revoke() -> object:
        with transaction.atomic():
            key_revoke(device=row, by=SYSTEM, reason="stolen")
            waits.set()
            assert done.wait(30)
        return None

    def enrol() -> object:
        assert waits.wait(30)
        try:
            return device_enrol(request=second.request(secret))
        finally:
            done.set()

    def let_go() -> object:
        while not done.is_set():
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                if cursor.fetchone():
                    done.set()
        return None

    answers = together([revoke, enrol, let_go])
    assert of(Forbidden, answers) == 1, answers
    assert not Device.objects.exclude(key_fingerprint="").exists()
