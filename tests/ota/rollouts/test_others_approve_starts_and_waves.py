"""Other people's yes: before the start and before chosen waves, each once, and never one's own."""

from typing import Any

import pytest

from fleet.telemetry.models import Delivery
from fleet.telemetry.monitor.notifications import destinations
from ota import services
from ota.engine.states import RolloutState, WaveState
from ota.models import Assignment, Rollout, RolloutEvent
from tests import personas
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db
WAVES = [{"share_percent": 50}, {"share_percent": 100, "approvals": 2}]


@pytest.fixture(autouse=True)
def others(settings: Any) -> None:
    settings.EDGEFLEET_SELF_APPROVAL = False


def planned(by: str = "operator", **policy: Any) -> Any:
    """A draft that a persona planned over REST."""
    makers.group(makers.devices(2))
    body = {
        "release": makers.release().public_id,
        "group": "lab",
        "policy": makers.QUICK | policy,
    }
    return personas.client(by).post("/api/v1/rollouts/", body).json()


def approve(who: str, rollout: str, **body: Any) -> Any:
    return personas.client(who).post(f"/api/v1/rollouts/{rollout}/approvals/", body)


def test_a_start_waits_for_another_person() -> None:
    made = planned(start_approvals=1)
    assert made["awaits"]["sentence"] == "Its start waits for 1 more approval."
    start = f"/api/v1/rollouts/{made['id']}/start/"
    early = personas.client("operator").post(start)
    assert (early.status_code, early.json()["code"]) == (409, "approval_missing")
    own = approve("operator", made["id"])
    assert own.status_code == 403
    assert "someone other than the person who planned it" in own.json()["detail"]
    yes = approve("owner", made["id"], remark="looked at it")
    assert (yes.status_code, yes.json()["awaits"]) == (201, None)
    assert personas.client("operator").post(start).status_code == 200
    assert RolloutEvent.objects.get(step="approve").text == "approved: looked at it"


def test_a_wave_opens_once_two_others_said_yes() -> None:
    fleet = FleetSimulator(makers.devices(4))
    group = makers.group([d.device for d in fleet.devices.values()])
    rollout = makers.rollout(makers.release(), group, waves=WAVES)
    early = approve("operator", rollout.public_id, wave=1)
    assert early.status_code == 409
    assert fleet.run(rollout) == RolloutState.RUNNING
    assert [w.state for w in rollout.waves.all()] == [WaveState.PASSED, WaveState.PENDING]
    waiting = Assignment.objects.filter(state="planned").first()
    assert waiting is not None
    url = f"/api/v1/devices/{waiting.device.public_id}/explanation/"
    why = personas.client("viewer").get(url).json()["explanation"]
    assert why == "It waits for wave 2. Wave 2 waits for 2 more approvals."
    assert approve("operator", rollout.public_id, wave=1).status_code == 201
    twice = approve("operator", rollout.public_id, wave=1)
    assert (twice.status_code, twice.json()["code"]) == (409, "approved_already")
    assert fleet.run(rollout) == RolloutState.RUNNING
    assert "approved by operator" in approve_sentence(rollout)
    assert approve("owner", rollout.public_id, wave=1).status_code == 201
    assert fleet.run(rollout) == RolloutState.DONE


def approve_sentence(rollout: Rollout) -> str:
    shown = personas.client("viewer").get(f"/api/v1/rollouts/{rollout.public_id}/").json()
    return str(shown["awaits"]["sentence"])


def test_those_who_listen_are_told_that_their_word_is_wanted() -> None:
    destinations.destination_create(
        name="people",
        kind="email",
        address="ann@example.com",
        events=["rollout.approval_wanted"],
        by=SYSTEM,
    )
    made = planned(start_approvals=2)
    (told,) = Delivery.objects.all()
    assert told.payload["data"]["reason"] == "Its start waits for 2 more approvals."
    assert told.subject == made["id"]


def test_who_may_not_approve_is_refused() -> None:
    made = planned(start_approvals=1)
    assert approve("engineer", made["id"]).status_code == 403
    rows = personas.client("viewer").get(f"/api/v1/rollouts/{made['id']}/approvals/").json()
    assert rows["results"] == []


def test_an_approval_of_what_does_not_wait_is_refused() -> None:
    made = planned()
    none = approve("owner", made["id"])
    assert none.status_code == 409
    assert "does not wait for an approval of its start" in none.json()["detail"]
    rollout = Rollout.objects.get()
    services.rollout_start(by=SYSTEM, rollout=rollout)
    assert approve("owner", made["id"], wave=0).status_code == 409
