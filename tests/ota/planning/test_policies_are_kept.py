"""Policies of the operators' own: made of another one, changed, deleted; rollouts keep a copy."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from fleet.access.models import AuditEntry
from ota.models import Rollout
from tests import personas
from tests.ota import makers

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/policies/"


@pytest.fixture
def operator() -> APIClient:
    return personas.client("operator")


def make(operator: APIClient, name: str = "careful", **body: Any) -> Any:
    return operator.post(ADDRESS, {"name": name, **body}, format="json")


def test_it_is_made_of_another_one(operator: APIClient) -> None:
    made = make(operator, based_on="steady", policy={"max_in_flight": 3}).json()
    assert (made["name"], made["shipped"], made["policy"]["max_in_flight"]) == ("careful", False, 3)
    assert len(made["policy"]["waves"]) == 4
    assert set(operator.get(ADDRESS).json()) >= {"careful", "canary"}
    assert AuditEntry.objects.filter(action="ota.policy_create", subject="careful").exists()


def test_a_rollout_takes_it_by_name_and_keeps_it(operator: APIClient) -> None:
    make(operator, policy={"max_in_flight": 3, "spread": ["site"], "description": "few at once"})
    rollout = makers.rollout(
        makers.release(), makers.group(makers.devices(2)), policy_name="careful"
    )
    operator.patch(f"{ADDRESS}careful/", {"policy": {"max_in_flight": 9}}, format="json")
    kept = Rollout.objects.get(pk=rollout.pk).policy
    assert (kept["name"], kept["max_in_flight"], kept["spread"]) == ("careful", 3, ["site"])
    assert kept["description"] == "few at once"


def test_an_edit_names_what_changes_and_null_takes_the_default(operator: APIClient) -> None:
    make(operator, policy={"starts_per_minute": 5, "attempts": 4})
    edit = {"policy": {"starts_per_minute": None, "retry_factor": 2}}
    shown = operator.patch(f"{ADDRESS}careful/", edit, format="json").json()["policy"]
    assert ("starts_per_minute" in shown, shown["attempts"], shown["retry_factor"]) == (False, 4, 2)


def test_an_edit_of_what_somebody_else_changed_is_refused(operator: APIClient) -> None:
    make(operator)
    seen = operator.get(f"{ADDRESS}careful/")["ETag"]
    change = {"policy": {"attempts": 4}}
    operator.patch(f"{ADDRESS}careful/", {"policy": {"attempts": 7}}, format="json")
    late = operator.patch(f"{ADDRESS}careful/", change, format="json", headers={"If-Match": seen})
    assert late.status_code == 412
    assert operator.get(f"{ADDRESS}careful/").json()["policy"]["attempts"] == 7


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"name": "canary"}, 409, "comes with the service"),
        ({"name": "Big"}, 400, "small letters"),
        ({"name": "x", "based_on": "wild"}, 400, "There is no policy 'wild'"),
        ({"name": "x", "policy": {"speed": 1}}, 400, "no member 'speed'"),
        ({"name": "x", "policy": {"start_at": "2027-01-01T00:00Z"}}, 400, "one rollout"),
        ({"name": "x", "policy": {"freezes": [{"from": "soon"}]}}, 400, "freezes.from"),
        ({"name": "x", "policy": {"timeouts": {"planned": 5}}}, 400, "'timeouts' must be"),
        ({"name": "x", "policy": {"retries": [{"attempts": 5}]}}, 400, "needs the 'cause'"),
        ({"name": "x", "policy": {"spread": ["site", "site"]}}, 400, "'spread' must be"),
    ],
)
def test_a_wrong_one_is_refused_in_a_sentence(
    operator: APIClient, body: dict[str, Any], status: int, sentence: str
) -> None:
    answer = operator.post(ADDRESS, body, format="json")
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]


def test_a_name_is_taken_once_and_free_after_its_end(operator: APIClient) -> None:
    assert make(operator).status_code == 201
    assert make(operator).status_code == 409
    assert operator.delete(f"{ADDRESS}careful/").status_code == 204
    assert operator.get(f"{ADDRESS}careful/").status_code == 404
    assert make(operator).status_code == 201


def test_shipped_ones_stay_as_they_are(operator: APIClient) -> None:
    assert operator.delete(f"{ADDRESS}canary/").status_code == 409
    change = {"policy": {"attempts": 4}}
    assert operator.patch(f"{ADDRESS}canary/", change, format="json").status_code == 409
