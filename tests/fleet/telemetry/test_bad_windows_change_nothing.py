"""What is refused, with which answer, and that nothing is left of it."""

from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from device_agent.protocol.frame import encode_frame, pack_counts
from fleet.devices.models import Device
from fleet.lib.errors import FleetError
from fleet.telemetry.ingest.report import report_ingest
from fleet.telemetry.models import Ledger, Report
from tests.fleet.telemetry.world import Unit, counts, registered, schema, unit
from tests.personas import client

pytestmark = pytest.mark.django_db


@pytest.fixture
def cam() -> Unit:
    registered()
    return unit()


def too_many(cam: Unit) -> bytes:
    return encode_frame(cam.frame(samples=10, blob=pack_counts(counts(cam.random, 500))))


def huge(cam: Unit) -> bytes:
    return encode_frame(cam.frame(samples=70_000))


def short(cam: Unit) -> bytes:
    return encode_frame(cam.frame(blob=pack_counts([1, 2, 3])))


def bomb(cam: Unit) -> bytes:
    return encode_frame(cam.frame(blob=pack_counts([0] * 100_000)))


def unknown(cam: Unit) -> bytes:
    return encode_frame(cam.frame(schema_id=b"none"))


@pytest.mark.parametrize(
    ("make", "status", "says"),
    [
        (lambda _: b"", 400, "CBOR array"),
        (lambda _: b"\x89not cbor", 400, "not CBOR"),
        (lambda _: cbor2.dumps({"n": 1}), 400, "CBOR array of nine"),
        (lambda _: b"\x89" + b"\0" * 70_000, 413, "at most 65536"),
        (unknown, 422, "No version owns the telemetry schema 6e6f6e65"),
        (short, 400, "3 counts"),
        (bomb, 400, "more than"),
        (huge, 400, "at most 65535"),
        (too_many, 422, "10 samples and counts 500 in 'mean'"),
    ],
)
def test_each_has_its_sentence(
    cam: Unit, make: Callable[[Unit], bytes], status: int, says: str
) -> None:
    answer = cam.post(make(cam))
    assert answer.status_code == status, answer.data
    assert says in answer.data["detail"]
    assert not Report.objects.exists()
    assert not Ledger.objects.exists()


def test_another_content_type_is_refused(cam: Unit) -> None:
    answer = cam.machine.client().post("/device/v1/telemetry/cam-01", {"n": 1}, format="json")
    assert answer.status_code == 400
    assert "application/cbor" in answer.data["detail"]


@pytest.mark.parametrize("uptime", ["-1", "soon", "99999999999", "1.5"])
def test_an_impossible_uptime_is_refused(cam: Unit, uptime: str) -> None:
    assert cam.post(None, **{"X-Uptime-Now": uptime}).status_code == 400


@pytest.mark.parametrize("who", ["anonymous", "owner", "ci_token"])
def test_only_devices_report(cam: Unit, who: str) -> None:
    body = encode_frame(cam.frame())
    answer = client(who).post("/device/v1/telemetry/cam-01", body, content_type="application/cbor")
    assert answer.status_code in {401, 403}
    assert not Report.objects.exists()


def test_a_forged_token_reports_nothing(cam: Unit) -> None:
    rest = APIClient()
    rest.credentials(HTTP_AUTHORIZATION="DeviceToken forged")
    body = encode_frame(cam.frame())
    answer = rest.post("/device/v1/telemetry/cam-01", body, content_type="application/cbor")
    assert answer.status_code == 401


def test_a_decommissioned_device_is_gone_at_once(cam: Unit) -> None:
    cam.machine.client()
    Device.objects.update(state="decommissioned")
    assert cam.post().status_code == 410


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_byte_is_counted_or_refused(cam: Unit, data: st.DataObject) -> None:
    body: Any = bytearray(encode_frame(cam.frame()))
    where = data.draw(st.integers(0, 10_000)) % len(body)
    body[where] ^= data.draw(st.integers(1, 255))
    try:
        report_ingest(device=cam.row, body=bytes(body), uptime_s=1000)
    except FleetError as error:
        assert error.message  # noqa: PT017 - nothing else may come out


def test_the_layout_is_what_the_protocol_says() -> None:
    assert schema().layout.total == 2 * 16 + 4 * 16 + 37 + 5
