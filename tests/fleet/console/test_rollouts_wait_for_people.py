"""The console where people decide: approvals, checks, skipped waves, retries, back everywhere."""

from typing import Any

import pytest
from django.test import Client

from fleet.lib import clock
from fleet.telemetry.monitor.notifications import destinations
from ota import services
from ota.models import Assignment, Rollout, RolloutCheck
from tests import personas
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
WAVES = [{"count": 1}, {"share_percent": 100, "approvals": 1}]


@pytest.fixture
def client(settings: Any) -> Client:
    settings.EDGEFLEET_GATE_SECONDS = 0
    return personas.client("operator")


def planned(*, start: bool = True, **policy: Any) -> Rollout:
    destinations.destination_create(
        name="bench", kind="webhook", address="https://bench.example.com/x", by=SYSTEM
    )
    group = makers.group(makers.devices(2))
    policy = {"waves": WAVES, "failures": []} | policy
    return makers.rollout(makers.release(), group, start=start, **policy)


def updated(rollout: Rollout, state: str = "succeeded") -> None:
    services.rollout_tick(rollout.pk)
    rows = Assignment.objects.filter(rollout=rollout, wave__index=0)
    rows.update(state=state, finished_at=clock.now())
    services.rollout_tick(rollout.pk)


def text_of(client: Client, rollout: Rollout) -> str:
    return client.get(f"/console/rollouts/{rollout.public_id}").content.decode()


def press(client: Client, rollout: Rollout, verb: str, **fields: object) -> str:
    address = f"/console/rollouts/{rollout.public_id}/{verb}"
    back = {"back": f"/console/rollouts/{rollout.public_id}"}
    return client.post(address, {**back, **fields}, follow=True).content.decode()


def test_a_start_has_no_button_until_it_is_approved(client: Client) -> None:
    rollout = planned(start=False, start_approvals=1)
    text = text_of(client, rollout)
    assert "Its start waits for 1 more approval." in text
    assert "press-start" not in text
    assert (
        "Approve the start"
        not in personas.client("viewer")
        .get(f"/console/rollouts/{rollout.public_id}")
        .content.decode()
    )
    assert "press-start" in press(client, rollout, "approve", remark="seen")


def test_the_next_wave_is_approved_from_its_page(client: Client) -> None:
    rollout = planned()
    updated(rollout)
    assert "Approve wave 2" in text_of(client, rollout)
    assert "Approve wave 2" not in press(client, rollout, "approve", wave=1)
    services.rollout_tick(rollout.pk)
    assert rollout.waves.get(index=1).state == "updating"


def test_a_check_is_answered_in_the_place_of_who_was_asked(client: Client) -> None:
    rollout = planned(gates=["check"], check_destination="bench")
    updated(rollout)
    check = RolloutCheck.objects.get()
    assert "It waits for the word of bench" in text_of(client, rollout)
    address = f"/console/rollouts/checks/{check.public_id}"
    client.post(f"{address}/again", {"back": "/console/"})
    services.rollout_tick(rollout.pk)
    newer = RolloutCheck.objects.get(open=True)
    address = f"/console/rollouts/checks/{newer.public_id}"
    client.post(f"{address}/answer", {"verdict": "pass", "sentence": "fine", "back": "/console/"})
    services.rollout_tick(rollout.pk)
    assert rollout.waves.get(index=0).state == "passed"


def test_a_wave_is_skipped_once_the_question_is_answered(client: Client) -> None:
    rollout = planned(soak_seconds=9000)
    updated(rollout)
    asks = press(client, rollout, "skip-wave", wave=0)
    assert "goes on to the next wave" in asks
    assert "Say why" in press(client, rollout, "skip-wave", wave=0, yes="yes")
    press(client, rollout, "skip-wave", wave=0, yes="yes", reason="urgent")
    assert rollout.waves.get(index=0).reason == "skipped: urgent"


def test_failed_devices_are_tried_again(client: Client) -> None:
    rollout = planned(soak_seconds=9000)
    assert "Retry the failed" not in text_of(client, rollout)
    updated(rollout, "failed")
    assert "Retry the failed" in text_of(client, rollout)
    press(client, rollout, "retry-failed", yes="yes")
    assert Assignment.objects.get(attempt=2).state == "planned"


def test_a_release_is_taken_back_everywhere_by_its_typed_name(client: Client) -> None:
    rollout = planned()
    updated(rollout)
    address = f"/console/releases/{rollout.release.public_id}"
    assert "Roll back everywhere" in client.get(address).content.decode()
    asks = client.post(f"{address}/roll-back", {"back": address}).content.decode()
    assert rollout.group.name in asks
    said = {"yes": "yes", "typed": rollout.release.title, "reason": "it hums"}
    client.post(f"{address}/roll-back", {"back": address, **said})
    rollout.refresh_from_db()
    assert (rollout.state, rollout.reason) == ("rolling_back", "it hums")


def test_a_rollout_may_be_planned_as_a_standing_one(client: Client) -> None:
    group, release = makers.group(makers.devices(2)), makers.release()
    form = {"release": release.public_id, "group": group.name, "policy": "canary"}
    client.post("/console/rollouts/create", form | {"joins": "standing"})
    assert Rollout.objects.get().policy["joins"] == "standing"
    asked = client.get("/console/rollouts/new", form | {"joins": "standing"}).content.decode()
    assert "It stands:" in asked
