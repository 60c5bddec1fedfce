"""The pages of alerts: what is typed becomes a rule, and buttons do what they say."""

import pytest

from fleet.console.present.judgement.rules import DEFAULTS, HINTS, SECTIONS, sections, terms_from
from fleet.lib.errors import Refused
from fleet.telemetry.alerts.rule import TERMS
from fleet.telemetry.models import AlertRule, Delivery, Destination
from tests import personas
from tests.fleet.console.typed import value_of
from tests.fleet.console.world import World


def test_every_field_of_a_rule_is_in_the_editor_once() -> None:
    shown = [name for _, names in SECTIONS for name in names]
    assert sorted(shown) == sorted(TERMS) == sorted(HINTS)


def test_an_empty_form_is_the_default_rule() -> None:
    assert terms_from({}) == DEFAULTS
    fields = {each.name: each for _, several in sections(DEFAULTS) for each in several}
    assert fields["end_minutes"].value == "60"
    assert [name for name, on in fields["reference"].options if on] == ["any"]


def test_lines_become_lists_and_numbers_are_checked() -> None:
    found = terms_from({"signals": ["class *\r\n\r\n mean "], "levels": ["device", "label"]})
    assert found["signals"] == ["class *", "mean"]
    assert found["levels"] == ["device", "label"]
    with pytest.raises(Refused, match="not a number"):
        terms_from({"psi_min": ["much"]})


def test_a_rule_is_made_changed_disabled_and_deleted(world: World) -> None:
    client = personas.client("operator")
    made = client.post("/console/rules/save", {"name": "lens", "actions": "pause_rollout"})
    rule = AlertRule.objects.get(name="lens")
    assert made.headers["Location"] == f"/console/rules/{rule.public_id}"
    client.post("/console/rules/save", {"rule": rule.public_id, "quorum_devices": "4"})
    client.post(f"/console/rules/{rule.public_id}/disable")
    rule.refresh_from_db()
    assert (rule.terms["quorum_devices"], rule.terms["actions"], rule.enabled) == (4, [], False)
    client.post(f"/console/rules/{rule.public_id}/delete")
    assert not AlertRule.objects.filter(pk=rule.pk).exists()


def test_a_draft_leads_to_its_result_and_saves_nothing(world: World) -> None:
    client = personas.client("operator")
    before = AlertRule.objects.count()
    answer = client.post("/console/rules/try", {"name": "lens", "quorum_devices": "2"}, follow=True)
    text = answer.content.decode()
    assert "On the last 30 days" in text
    assert 'value="lens"' in text
    assert "has reported" in text
    assert AlertRule.objects.count() == before


@pytest.mark.parametrize("page", ["save", "try"])
def test_what_is_wrong_is_said_beside_what_was_typed(world: World, page: str) -> None:
    form = {"name": "lens", "runbook": "javascript:alert(1)", "models": "digits"}
    back = {"back": "/console/rules/new"}
    answer = personas.client("operator").post(f"/console/rules/{page}", form | back, follow=True)
    text = answer.content.decode()
    assert 'id="wrong-runbook" role="alert">A runbook is a link' in text
    assert {name: value_of(text, name) for name in form} == form


WRONG = (
    ({"address": "ftp://ci.example.com"}, "address"),
    ({"name": "a/b"}, "name"),
    ({"name": "pipeline"}, "name"),
)


def test_a_refused_destination_keeps_what_was_typed(world: World) -> None:
    whole = {"name": "ci", "kind": "webhook", "address": "https://ci.example.com/"}
    for wrong, field in WRONG:
        form = whole | wrong | {"back": "/console/notifications", "events": ["build.failed"]}
        client = personas.client("operator")
        text = client.post("/console/notifications/new", form, follow=True).content.decode()
        assert f'id="wrong-{field}" role="alert"' in text
        assert {name: value_of(text, name) for name in whole} == whole | wrong
        assert 'value="build.failed" checked=""' in text


def test_a_destination_is_tried_and_its_secret_replaced(world: World) -> None:
    client = personas.client("operator")
    form = {"name": "ci", "kind": "webhook", "address": "https://ci.example.com/"}
    made = client.post("/console/notifications/new", form | {"events": ["build.failed"]})
    assert "whsec_" in made.content.decode()
    row = Destination.objects.get(name="ci")
    assert row.events == ["build.failed"]
    address = f"/console/notifications/{row.public_id}"
    assert "is shown this once" not in client.get(address).content.decode()
    assert "is shown this once" in client.post(f"{address}/rotate").content.decode()
    client.post(f"{address}/test")
    message = Delivery.objects.get(destination=row)
    Delivery.objects.filter(pk=message.pk).update(state="failed")
    client.post(f"/console/notifications/messages/{message.public_id}/redeliver")
    message.refresh_from_db()
    assert message.state == "waiting"
    client.post(f"{address}/edit", {"address": "https://other.example.com/", "events": []})
    row.refresh_from_db()
    assert (row.address, row.events) == ("https://other.example.com/", [])
    client.post(f"{address}/disable")
    assert "Disabled by" in client.get(address).content.decode()
    client.post(f"{address}/delete")
    assert not Destination.objects.filter(pk=row.pk).exists()


def test_a_viewer_looks_and_changes_nothing(world: World) -> None:
    client = personas.client("viewer")
    for address in ("/console/rules/new", "/console/notifications"):
        assert client.get(address).status_code == 200
    assert "Try it on" not in client.get("/console/rules/new").content.decode()
    for address in ("/console/rules/save", "/console/rules/try", "/console/notifications/new"):
        assert client.post(address).status_code == 403
