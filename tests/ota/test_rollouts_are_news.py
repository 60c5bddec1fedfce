"""Steps of rollouts that people outside hear of, in the transaction that takes them."""

import pytest

from fleet.lib import clock
from fleet.lib.errors import Conflict
from fleet.telemetry.models import Delivery
from fleet.telemetry.monitor.notifications import destinations
from fleet.telemetry.monitor.notifications.events import EVENTS, ROLLOUT_FAILED
from ota import services
from ota.engine.commands import MoveRollout
from ota.engine.transitions import RolloutStep
from ota.models import Rollout
from ota.rollouts.apply import apply
from ota.rollouts.news import NEWS
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def rollout() -> Rollout:
    destinations.destination_create(
        name="people",
        kind="email",
        address="a@example.com",
        events=[ROLLOUT_FAILED.name, *(each.name for each in NEWS.values())],
        by=SYSTEM,
    )
    return makers.rollout(makers.release("1.0"), makers.group(makers.devices(2)))


def news() -> list[tuple[str, str]]:
    rows = Delivery.objects.order_by("pk")
    return [(each.event, each.payload["data"]["reason"]) for each in rows]


def test_pausing_and_aborting_are_told_with_their_reason(rollout: Rollout) -> None:
    services.rollout_pause(by=SYSTEM, rollout=rollout, reason="the lens is dirty")
    services.rollout_abort(by=SYSTEM, rollout=rollout, reason="for good")
    assert news() == [
        ("rollout.paused", "the lens is dirty"),
        ("rollout.aborted", "for good"),
    ]
    data = Delivery.objects.first().payload["data"]  # type: ignore[union-attr]
    assert data["id"] == rollout.public_id
    assert data["group"] == rollout.group.name


def test_a_step_that_is_refused_is_no_news(rollout: Rollout) -> None:
    services.rollout_pause(by=SYSTEM, rollout=rollout)
    with pytest.raises(Conflict, match="pause"):
        services.rollout_pause(by=SYSTEM, rollout=rollout)
    assert len(news()) == 1


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        (RolloutStep.PAUSE, ["rollout.paused", "rollout.failed"]),
        (RolloutStep.ROLL_BACK, ["rollout.failed"]),
    ],
)
def test_a_rollout_that_the_engine_stops_has_failed_whatever_its_waves_say(
    rollout: Rollout, step: RolloutStep, wanted: list[str]
) -> None:
    sentence = "3 of 4 devices of wave 1 left the release"
    assert apply(rollout, [MoveRollout(step, sentence)], clock.now())
    assert news() == [(each, sentence) for each in wanted]


def test_what_people_stop_has_not_failed(rollout: Rollout) -> None:
    services.rollout_pause(by=SYSTEM, rollout=rollout, reason="lunch")
    services.rollout_roll_back(by=SYSTEM, rollout=rollout, reason="not today")
    assert [event for event, _ in news()] == ["rollout.paused"]


def test_every_piece_of_news_is_an_event() -> None:
    assert all(each in EVENTS for each in NEWS.values())
