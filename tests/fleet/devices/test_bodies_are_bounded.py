"""What devices send is read once and never more than a limit."""

from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from tests.fleet.devices.factories import Machine

ADDRESSES = ["enrol", "challenge", "session"]


def send(address: str, body: bytes) -> Any:
    return APIClient().post(f"/device/v1/{address}", data=body, content_type="application/json")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b'{"a": NaN}', 400),
        (b'{"a": 1, "a": 2}', 400),
        (b"[" * 5000, 400),
        (b'{"a": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
def test_no_body_gets_past_its_form(address: str, body: bytes, status: int) -> None:
    answer = send(address, body)
    assert answer.status_code == status, answer.data
    assert answer["content-type"] == "application/problem+json"


@pytest.mark.django_db
def test_knocking_too_often_is_answered_later() -> None:
    from django.core.cache import cache

    cache.clear()
    with override_settings(EDGEFLEET_ENROL_PER_MINUTE=2):
        Machine().challenge()
        Machine().challenge()
        knock = APIClient(REMOTE_ADDR=Machine().address)
        refused = knock.post("/device/v1/challenge", {"controller_id": "x"}, format="json")
    cache.clear()
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
