"""A code may accept whom it lets in: those that its query fits, and only so many."""

import pytest

from fleet.devices.enrolment import codes
from fleet.devices.models import Device, EnrolmentCode
from fleet.lib.errors import Refused
from tests.fleet.devices.factories import Machine, code
from tests.personas import SYSTEM, client

pytestmark = pytest.mark.django_db


def states() -> dict[str, str]:
    return dict(Device.objects.values_list("controller_id", "state"))


def test_no_more_are_accepted_than_the_code_says_and_the_rest_wait() -> None:
    secret = code(accept_max=2)
    for name in ("a", "b", "c"):
        assert Machine(name).enrol(secret).status_code == 201
    assert states() == {"a": "accepted", "b": "accepted", "c": "pending"}


def test_only_devices_that_the_query_fits_are_accepted() -> None:
    secret = code(accept_query="target=linux-x86_64 and lot=B7", labels={"lot": "B7"})
    Machine("a").enrol(secret)
    Machine("b", target="linux-aarch64").enrol(secret)
    assert states() == {"a": "accepted", "b": "pending"}


def test_a_device_that_the_query_does_not_fit_costs_no_acceptance() -> None:
    secret = code(accept_query="id in (b, c)", accept_max=1)
    for name in ("a", "b", "c"):
        Machine(name).enrol(secret)
    assert states() == {"a": "pending", "b": "accepted", "c": "pending"}
    assert EnrolmentCode.objects.get().accept_left == 0


def test_a_code_that_asks_a_person_accepts_nobody() -> None:
    Machine("a").enrol(code(auto_accept=False))
    assert states() == {"a": "pending"}


def test_a_refused_enrolment_gives_its_acceptance_back() -> None:
    secret, first = code(accept_max=1), Machine("a")
    first.enrol(code())
    assert Machine("b", key=first.key).enrol(secret).status_code == 409
    assert Machine("c").enrol(secret).status_code == 201
    assert states()["c"] == "accepted"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"accept_query": "lot"}, "needs '='"),
        ({"accept_max": 0}, "1 to 100 of them"),
        ({"accept_max": 101}, "1 to 100 of them"),
        ({"accept_max": 1, "auto_accept": False}, "accepts at once"),
        ({"accept_query": "lot=B7", "auto_accept": False}, "accepts at once"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        codes.code_create(
            **{"name": "x", "by": SYSTEM, "uses": 100, "auto_accept": True} | fields  # type: ignore[arg-type]
        )


def test_the_policy_is_made_and_shown_over_rest() -> None:
    body = {"name": "x", "uses": 9, "auto_accept": True, "accept_query": "lot=B7", "accept_max": 3}
    made = client("operator").post("/api/v1/enrolment-codes/", body, format="json")
    assert (made.data["accept_query"], made.data["accept_left"]) == ("lot=B7", 3)
