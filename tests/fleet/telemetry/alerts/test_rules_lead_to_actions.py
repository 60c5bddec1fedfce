"""Live: from an incident to what a rule does about it, once."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.lib import clock
from fleet.lib.errors import Conflict, Refused
from fleet.telemetry.alerts import actions, evaluate, handling, rules
from fleet.telemetry.alerts.rule import RuleAction
from fleet.telemetry.models import (
    ActionRun,
    AlertRule,
    CaptureRequest,
    Delivery,
    Destination,
    Incident,
)
from fleet.telemetry.monitor.notifications import destinations
from ota.models import Rollout
from tests.fleet.console import world as worlds
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> worlds.World:
    made = worlds.make()
    AlertRule.objects.all().delete()
    device = made.device.public_id
    made.incident.evidence |= {
        "devices": [device],
        "device_count": 1,
        "samples": 900,
        "psi": 0.42,
        "says": "mean moved up",
        "shifts": {"lot=B7": {"channel": "mean", "effect_sd": 0.7}},
    }
    made.incident.save()
    return made


def hook() -> Destination:
    return Destination.objects.get()


def made(name: str = "drift", **terms: Any) -> AlertRule:
    return rules.rule_create(name=name, terms=terms, by=SYSTEM)


def apply() -> int:
    return evaluate.rules_apply(now=clock.now())


def test_without_a_rule_nothing_more_happens(world: worlds.World) -> None:
    before = Delivery.objects.count()
    assert apply() == 0
    assert not ActionRun.objects.exists()
    assert Delivery.objects.count() == before


def test_a_rollout_is_paused_once_and_audited(world: worlds.World) -> None:
    made(actions=["pause_rollout", f"webhook:{hook().public_id}"], severity="critical")
    assert apply() == 1
    assert apply() == 0
    assert Rollout.objects.get().state == "paused"
    assert "dev" not in Rollout.objects.get().reason
    runs = {each.action: each.state for each in ActionRun.objects.all()}
    assert runs == {"pause_rollout": "done", "webhook": "done"}
    assert Delivery.objects.filter(event="rule.told").count() == 1
    world.incident.refresh_from_db()
    assert (world.incident.severity, world.incident.severity_given) == ("critical", "critical")
    told = AuditEntry.objects.filter(subject=world.incident.public_id)
    assert told.filter(action="telemetry.rule_told").count() == 1
    assert told.filter(action="telemetry.action_done").count() == 2


def test_a_rollout_is_rolled_back(world: worlds.World) -> None:
    made(actions=["roll_back_rollout"])
    apply()
    assert Rollout.objects.get().state in {"rolling_back", "rolled_back"}
    assert ActionRun.objects.get().result == f"{world.rollout.public_id} is rolled back."


def test_what_cannot_be_done_says_why_and_is_not_tried_again(world: worlds.World) -> None:
    made("first", actions=["pause_rollout"])
    made("second", actions=["pause_rollout"])
    apply()
    states = {each.rule_name: (each.state, each.result) for each in ActionRun.objects.all()}
    assert sorted(state for state, _ in states.values()) == ["done", "failed"]
    (reason,) = (result for state, result in states.values() if state == "failed")
    assert "paused" in reason
    apply()
    assert ActionRun.objects.count() == 2


def test_a_crash_between_plan_and_act_is_made_good(world: worlds.World) -> None:
    rule = made(actions=["capture_samples"])
    actions.plan(world.incident, rule, (RuleAction("capture_samples"),))
    assert actions.run_planned() == 1
    assert actions.run_planned() == 0
    request = CaptureRequest.objects.latest("pk")
    assert request.state == "asked"
    assert ActionRun.objects.get().result == f"{request.public_id} waits for a person's approval."


def test_another_part_adds_its_own_action(world: worlds.World) -> None:
    done: list[str] = []
    before = dict(actions._KNOWN)

    def act(order: actions.ActionOrder) -> str:
        done.append(order.incident.cause)
        return "Rung."

    actions.register(actions.Action("ring", "Ring a bell.", act))
    try:
        made(actions=["ring"])
        apply()
    finally:
        actions._KNOWN.clear()
        actions._KNOWN.update(before)
    assert done == ["lot=B7"]


def test_an_action_that_breaks_keeps_no_other_from_being_done(world: worlds.World) -> None:
    before = dict(actions._KNOWN)

    def act(order: actions.ActionOrder) -> str:
        raise KeyError(order.rule)

    actions.register(actions.Action("ring", "Ring a bell.", act))
    try:
        made(actions=["ring", "capture_samples"])
        apply()
    finally:
        actions._KNOWN.clear()
        actions._KNOWN.update(before)
    runs = {each.action: (each.state, each.result) for each in ActionRun.objects.all()}
    assert runs["ring"] == ("failed", "It stopped by KeyError.")
    assert runs["capture_samples"][0] == "done"


def test_a_muted_incident_leads_to_nothing(world: worlds.World) -> None:
    made(actions=["pause_rollout"])
    handling.incident_mute(incident=world.incident, by=SYSTEM, now=clock.now())
    assert apply() == 0
    Incident.objects.update(severity="critical")
    assert apply() == 1


def test_a_mute_with_an_end_ends(world: worlds.World) -> None:
    made()
    until = clock.now() + timedelta(hours=1)
    handling.incident_mute(incident=world.incident, by=SYSTEM, now=clock.now(), until=until)
    assert apply() == 0
    with clock.fixed(until):
        assert apply() == 1


def test_the_scope_is_asked_anew_at_each_look(world: worlds.World) -> None:
    group = world.rollout.group.name
    made(groups=[group], labels="target=nothing")
    assert apply() == 0
    rule = AlertRule.objects.get()
    rules.rule_edit(rule=rule, terms={"labels": ""}, by=SYSTEM)
    assert apply() == 1


def test_a_disabled_rule_is_silent(world: worlds.World) -> None:
    rules.rule_edit(rule=made(), enabled=False, by=SYSTEM)
    assert apply() == 0


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"actions": ["explode"]}, "No action"),
        ({"actions": ["webhook"]}, "needs a destination"),
        ({"actions": ["webhook:dst_0"]}, "no destination"),
        ({"actions": ["email:HOOK"]}, "of kind email"),
        ({"actions": ["pause_rollout:HOOK"]}, "has no destination"),
        ({"actions": ["pause_rollout", "pause_rollout"]}, "twice"),
        ({"groups": ["nowhere"]}, "no group"),
        ({"versions": ["ver_0"]}, "no version"),
        ({"labels": "((("}, "label"),
        ({"runbook": "javascript:alert(1)"}, "runbook"),
        ({"quorum_devices": 0}, "quorum_devices"),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused(
    world: worlds.World, terms: Any, words: str
) -> None:
    named: dict[str, Any] = {
        name: [each.replace("HOOK", hook().public_id) for each in value]
        if isinstance(value, list)
        else value
        for name, value in terms.items()
    }
    with pytest.raises(Refused, match=words):
        made(**named)
    assert not AlertRule.objects.exists()


def test_a_name_is_taken_once(world: worlds.World) -> None:
    made()
    with pytest.raises(Conflict, match="already a rule"):
        made()


def test_a_deleted_destination_fails_its_action_with_a_sentence(world: worlds.World) -> None:
    made(actions=[f"retrain:{hook().public_id}"])
    destinations.destination_delete(destination=hook(), by=SYSTEM)
    apply()
    run = ActionRun.objects.get()
    assert (run.state, run.result) == ("failed", "The destination of this action was deleted.")
