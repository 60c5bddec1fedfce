"""Selectors and the limits of codes."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.devices import selectors
from fleet.devices.tokens import secret as bearer
from fleet.lib import clock
from fleet.lib.errors import NotFound, Refused
from tests.fleet.devices.factories import code, device

pytestmark = pytest.mark.django_db


def test_silent_devices_are_those_not_seen_for_a_while() -> None:
    now = clock.now()
    device("here", last_seen_at=now)
    device("gone", last_seen_at=now - timedelta(hours=2))
    device("never")
    device("out", state="rejected")
    found = selectors.devices_silent(now=now, longer_than=timedelta(hours=1))
    assert sorted(each.name for each in found) == ["gone", "never"]


def test_states_are_counted_with_zeros() -> None:
    device("a")
    device("b", state="pending")
    assert selectors.device_states() == {
        "pending": 1,
        "accepted": 1,
        "rejected": 0,
        "decommissioned": 0,
    }


def test_a_device_is_found_by_what_it_calls_itself() -> None:
    row = device("cam-01")
    assert selectors.device_by_controller("cam-01") == row
    assert selectors.device_get(row.public_id) == row
    with pytest.raises(NotFound, match="no device 'cam-02'"):
        selectors.device_by_controller("cam-02")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "1 to 64"),
        ({"uses": 0}, "1 to 100000 devices"),
        ({"hours": 0}, "hours"),
        ({"labels": {"lot": ""}}, "needs a text"),
    ],
)
def test_a_code_has_limits(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        code(**wrong)


def test_a_secret_of_one_purpose_is_nothing_for_another() -> None:
    secret = bearer.new_secret(bearer.Purpose.CODE)
    digests = {bearer.digest(purpose, secret) for purpose in bearer.Purpose}
    assert len(digests) == len(bearer.Purpose)
    assert bearer.digests(bearer.Purpose.CODE, "x" * 1000) == ()
