"""The editor of policies: a form becomes the policy, and a mistake keeps what was typed."""

from typing import Any

import pytest
from django.test import Client

from fleet.console.present.policy_editor import document_from, policy_sections, policy_tables
from ota.models import RolloutPolicy
from ota.planning.named_policies import all_policies, policy_get
from ota.rollouts import policy as documents
from tests import personas
from tests.fleet.console.typed import value_of

pytestmark = pytest.mark.django_db


def form_of(document: dict[str, Any]) -> dict[str, list[str]]:
    """What a browser sends for the editor of a document."""
    form: dict[str, list[str]] = {}
    for _, fields in policy_sections(document):
        for field in fields:
            chosen = [option for option, on in field.options if on]
            form[field.name] = chosen if field.options else [field.value]
    for table in policy_tables(document):
        for column in table.columns:
            form[f"{table.name}.{column.name}"] = []
        for row in table.rows:
            for column, value in row:
                form[f"{table.name}.{column.name}"].append(value)
    return form


FULL = {
    "timeouts": {"downloading": 7200},
    "retries": [{"cause": "verify", "attempts": 1}],
    "freezes": [{"from": "2026-12-20T00:00Z", "until": "2027-01-02T00:00Z", "reason": "Christmas"}],
    "spread": ["site", "line"],
    "starts_per_minute": 12,
}


@pytest.mark.parametrize("name", documents.names())
def test_what_the_editor_shows_is_what_it_saves(name: str) -> None:
    before = documents.parse(documents.resolve(name, FULL))
    typed = document_from(form_of(documents.resolve(name, FULL)))
    assert documents.parse(documents.resolve(name, typed)) == before


def save(client: Client, **fields: Any) -> Any:
    form = form_of(dict(policy_get("canary").document))
    back = {"back": "/console/policies/new", "name": "night", "policy": ""}
    return client.post("/console/policies/save", {**form, **back, **fields}, follow=True)


def test_a_policy_is_made_and_changed() -> None:
    client = personas.client("operator")
    window = {
        "delivery.schedule": "0 0 2 * * ?",
        "delivery.duration": "02:00:00",
        "delivery.timezone": "device",
    }
    assert "night was saved" in save(client, max_in_flight="7", **window).content.decode()
    row = RolloutPolicy.objects.get()
    assert (row.name, row.document["max_in_flight"]) == ("night", 7)
    assert row.document["delivery"]["window"]["timezone"] == "device"
    save(client, policy="night", max_in_flight="8", spread="site")
    row.refresh_from_db()
    assert (row.document["max_in_flight"], row.document["spread"]) == (8, ["site"])
    assert "delivery" not in row.document
    assert "night" in client.get("/console/rollouts/new").content.decode()


def test_a_mistake_is_told_and_what_was_typed_stays() -> None:
    answer = save(personas.client("operator"), max_in_flight="0", description="at night")
    text = answer.content.decode()
    assert "must be a whole number from 1" in text
    assert 'id="wrong-max_in_flight" role="alert"' in text
    assert [value_of(text, name) for name in ("name", "description")] == ["night", "at night"]
    assert not RolloutPolicy.objects.exists()
    assert (
        "is not a whole number" in save(personas.client("operator"), attempts="x").content.decode()
    )


def test_shipped_ones_have_no_button_and_are_copied() -> None:
    client = personas.client("operator")
    text = client.get("/console/policies/of/canary").content.decode()
    assert "comes with the service" in text
    assert ">Save<" not in text
    assert "comes with the service" in save(client, policy="canary").content.decode()
    assert len(all_policies()) == 4


def test_a_policy_is_deleted() -> None:
    client = personas.client("operator")
    save(client)
    client.post("/console/policies/of/night/delete", {"back": "/console/policies"})
    assert not RolloutPolicy.objects.exists()


def test_a_viewer_looks_and_does_not_change() -> None:
    assert save(personas.client("viewer")).status_code == 403
    assert ">Save<" not in personas.client("viewer").get("/console/policies/new").content.decode()
