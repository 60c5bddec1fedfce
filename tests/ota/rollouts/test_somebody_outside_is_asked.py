"""The gate `check`: a signed message goes out, and the answer over REST decides."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from fleet.lib import clock
from fleet.telemetry.models import Destination
from fleet.telemetry.monitor.notifications import deliver, destinations
from ota.engine.states import RolloutState, WaveState
from ota.models import GateResult, Rollout, RolloutCheck
from tests import personas
from tests.fleet.telemetry.monitor.notifications.simulators.receiver import Receiver, receiving
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db
POLICY: dict[str, Any] = {"gates": ["check"], "check_destination": "bench", "check_seconds": 3600}


@pytest.fixture
def bench(settings: Any) -> Iterator[Receiver]:
    """A test lab's receiver, which is a destination of the service."""
    settings.EDGEFLEET_WEBHOOK_HTTP = True
    settings.EDGEFLEET_WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    settings.EDGEFLEET_GATE_SECONDS = 0.2
    with receiving() as found:
        _, found.secret = destinations.destination_create(
            name="bench", kind="webhook", address=found.url, by=SYSTEM
        )
        yield found


def soaking() -> tuple[FleetSimulator, Rollout, RolloutCheck]:
    """A rollout whose first wave is updated and asks."""
    fleet = FleetSimulator(makers.devices(4))
    group = makers.group([d.device for d in fleet.devices.values()])
    waves = [{"share_percent": 50}, {"share_percent": 100}]
    rollout = makers.rollout(makers.release(), group, waves=waves, **POLICY)
    fleet.run(rollout)
    return fleet, rollout, RolloutCheck.objects.get()


def lab() -> APIClient:
    """A program with a token that may do nothing but answer."""
    return personas.token_client("operator", ["ota.check"])


def said(rollout: Rollout) -> str:
    row = GateResult.objects.filter(rollout=rollout, gate="check").first()
    return row.sentence if row else ""


def test_the_lab_is_asked_once_and_its_pass_lets_the_wave_go_on(bench: Receiver) -> None:
    fleet, rollout, check = soaking()
    with clock.fixed(check.asked_at + timedelta(seconds=1)):  # simulated time may be ahead
        deliver.deliveries_send()
    (body,) = bench.bodies
    assert bench.valid == [True]
    assert body["type"] == "rollout.check_requested"
    assert (body["data"]["id"], body["data"]["wave"], body["data"]["devices"]) == (
        check.public_id,
        0,
        2,
    )
    assert body["data"]["answer"].endswith(f"/api/v1/checks/{check.public_id}/answer/")
    assert "bench was asked and has until" in said(rollout)
    path = body["data"]["answer"].partition("/api/")[2]
    client = lab()
    answer = client.post(f"/api/{path}", {"verdict": "pass", "sentence": "no fault in 40 runs"})
    assert (answer.status_code, answer.json()["verdict"]) == (200, "pass")
    fleet.run(rollout)
    assert [w.state for w in rollout.waves.all()] == [WaveState.PASSED, WaveState.SOAKING]
    assert RolloutCheck.objects.count() == 2
    assert client.get("/api/v1/checks/").status_code == 403
    assert client.post(f"/api/v1/rollouts/{rollout.public_id}/abort/", {}).status_code == 403


def test_a_fail_stops_the_wave_and_is_final(bench: Receiver) -> None:
    del bench
    fleet, rollout, check = soaking()
    url = f"/api/v1/checks/{check.public_id}/answer/"
    assert lab().post(url, {"verdict": "fail", "sentence": "it is deaf"}).status_code == 200
    late = personas.client("operator").post(url, {"verdict": "pass", "sentence": "it is fine"})
    assert late.status_code == 409
    assert fleet.run(rollout) == RolloutState.PAUSED
    assert "gate check failed" in rollout.reason
    assert "it is deaf" in rollout.reason


def test_silence_holds_with_a_sentence_and_a_late_word_counts(bench: Receiver) -> None:
    del bench
    fleet, rollout, check = soaking()
    fleet.step(rollout, seconds=3700)
    assert "bench had until" in said(rollout)
    assert "has not answered: the wave is held" in said(rollout)
    url = f"/api/v1/checks/{check.public_id}/answer/"
    assert lab().post(url, {"verdict": "hold", "sentence": "one more day"}).status_code == 200
    fleet.step(rollout)
    assert said(rollout).endswith("one more day")
    assert lab().post(url, {"verdict": "pass"}).status_code == 200
    fleet.run(rollout)
    first = rollout.waves.first()
    assert first is not None
    assert first.state == WaveState.PASSED


def test_it_is_asked_again_with_the_whole_time(bench: Receiver) -> None:
    del bench
    fleet, rollout, check = soaking()
    again = f"/api/v1/checks/{check.public_id}/again/"
    assert personas.client("operator").post(again).status_code == 200
    fleet.step(rollout, seconds=7200)
    waiting = personas.client("viewer").get("/api/v1/checks/?waiting=true").json()["results"]
    assert [row["open"] for row in waiting] == [True]
    assert waiting[0]["id"] != check.public_id
    assert personas.client("operator").post(again).status_code == 409


def test_a_rollout_that_would_ask_nobody_is_not_planned() -> None:
    body = {"release": makers.release().public_id, "policy": POLICY}
    makers.group(makers.devices(1))
    answer = personas.client("operator").post("/api/v1/rollouts/", body | {"group": "lab"})
    assert answer.status_code == 409
    assert "no enabled webhook 'bench'" in answer.json()["detail"]


def test_where_the_destination_is_gone_people_are_told_and_may_answer(bench: Receiver) -> None:
    del bench
    fleet = FleetSimulator(makers.devices(1))
    group = makers.group([d.device for d in fleet.devices.values()])
    rollout = makers.rollout(makers.release(), group, waves=[{"share_percent": 100}], **POLICY)
    Destination.objects.update(enabled=False)
    fleet.run(rollout)
    assert "nobody was asked" in said(rollout)
    url = f"/api/v1/checks/{RolloutCheck.objects.get().public_id}/answer/"
    with clock.fixed(fleet.now + timedelta(seconds=1)):
        said_so = personas.client("operator").post(url, {"verdict": "pass", "sentence": "by hand"})
    assert said_so.status_code == 200
    assert fleet.run(rollout) == RolloutState.DONE
