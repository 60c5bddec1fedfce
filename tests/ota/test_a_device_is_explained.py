"""Why is this device not updating? One true sentence, whatever it waits for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ota import selectors, services
from ota.engine.states import AssignmentState, Kind, RolloutState, WaveState
from ota.models import Assignment
from ota.rollouts.explain import LatestAssignment, explain
from tests import personas
from tests.ota import makers
from tests.ota.ddi import wire
from tests.personas import SYSTEM
from tests.simulators.fleet import caller

EARLY, LATE = datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC)


def part(state: AssignmentState, **changes: Any) -> LatestAssignment:
    fields: dict[str, Any] = {
        "kind": Kind.UPDATE,
        "cause": "trial",
        "text": "vector 3 differs",
        "rollout": RolloutState.RUNNING,
        "rollout_reason": "",
        "wave": WaveState.UPDATING,
        "wave_number": 2,
        "busy": False,
        "last_seen_at": LATE,
        "assigned_at": EARLY,
    }
    return LatestAssignment(state=state, **fields | changes)


@pytest.mark.parametrize("state", AssignmentState)
def test_every_state_has_a_sentence(state: AssignmentState) -> None:
    sentence = explain(part(state))
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_a_failure_tells_cause_and_words() -> None:
    assert explain(part(AssignmentState.FAILED)) == (
        "The installation failed (trial): vector 3 differs."
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rollout": RolloutState.PAUSED, "rollout_reason": "lunch"}, "is paused: lunch"),
        ({"busy": True}, "Another rollout is updating this device"),
        ({"wave": WaveState.PENDING}, "It waits for wave 2"),
        ({}, "It waits for a free place"),
    ],
)
def test_waiting_has_its_reasons(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in explain(part(AssignmentState.PLANNED, **changes))


@pytest.mark.parametrize("seen", [None, EARLY])
def test_silence_is_told_apart_from_reluctance(seen: datetime | None) -> None:
    silent = explain(part(AssignmentState.OFFERED, last_seen_at=seen, assigned_at=EARLY))
    assert "has not polled since" in silent
    assert "has polled and not fetched" in explain(part(AssignmentState.OFFERED))


@pytest.mark.django_db
def test_it_follows_the_device() -> None:
    device, rollout, assignment = makers.lonely()
    assert selectors.device_explanation(device) == (
        "The update is offered, but the device has not polled since."
    )
    caller(device).get(wire.path(assignment))
    assert selectors.device_explanation(device) == "The device has read its instruction."
    rollout.refresh_from_db()
    services.rollout_abort(by=SYSTEM, rollout=rollout)
    services.rollout_tick(rollout.pk)
    assert "was asked to stop" in selectors.device_explanation(device)


@pytest.mark.django_db
def test_over_rest() -> None:
    device = makers.devices(1)[0]
    path = f"/api/v1/devices/{device.public_id}/explanation/"
    found = personas.client("viewer").get(path).json()
    assert found == {"explanation": "No rollout has chosen this device yet."}
    assert not Assignment.objects.exists()
