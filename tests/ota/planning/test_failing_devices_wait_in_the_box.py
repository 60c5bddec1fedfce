"""The penalty box: one rollout after the other failed on a device, which has to wait then."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from fleet.devices.models import Device, Group
from fleet.lib import clock
from ota.models import Assignment, Rollout
from ota.planning.parts import draft_of
from ota.planning.penalty import failure_row
from ota.planning.plan import plan_of
from tests import personas
from tests.ota import makers

pytestmark = pytest.mark.django_db


def went(
    device: Device, group: Group, label: str, state: str, at: datetime, **changes: str
) -> Rollout:
    """A rollout that ended like this on the device, a while ago."""
    rollout = makers.rollout(makers.release(label), group)
    cause = "" if state == "succeeded" else "install"
    ended = {"state": state, "cause": cause, "finished_at": at, **changes}
    Assignment.objects.filter(rollout=rollout, device=device).update(**ended)
    Assignment.objects.filter(rollout=rollout).exclude(device=device).update(
        state="succeeded", finished_at=at
    )
    return rollout


def left_out(group: Group, **overrides: Any) -> dict[str, str]:
    rollout = makers.rollout(
        makers.release(f"9.{group.pk}"),
        group,
        start=False,
        **{"penalty_after": 3, "penalty_seconds": 86_400, **overrides},
    )
    plan = plan_of(draft_of(rollout), clock.now(), drawn=True)
    return {each.device.controller_id: each.reason for each in plan.left_out}


def test_three_rollouts_in_a_row_and_it_waits() -> None:
    bad, good = makers.devices(2)
    group, now = makers.group([bad, good]), clock.now()
    for number in range(3):
        went(bad, group, f"{number}.0", "failed", now - timedelta(hours=3 - number))
    (reason,) = left_out(group).values()
    assert "in the penalty box until" in reason
    assert "3 rollouts in a row failed on it, the last time by install" in reason


def test_a_success_ends_the_row_and_time_opens_the_box() -> None:
    first, second = makers.devices(2)
    group, now = makers.group([first]), clock.now()
    for number, state in enumerate(("failed", "failed", "succeeded", "failed")):
        went(first, group, f"{number}.0", state, now - timedelta(hours=9 - number))
    assert failure_row(first).failures == 1
    assert left_out(group) == {}
    group = makers.group([second], "old")
    for number in range(4, 7):
        went(second, group, f"{number}.0", "failed", now - timedelta(days=2))
    assert failure_row(second).failures == 3
    assert left_out(group, penalty_seconds=86_400) == {}


@pytest.mark.parametrize(
    ("changes", "state"),
    [({"cause": "no_contact"}, "done"), ({}, "rolled_back")],
    ids=["it was never heard", "the release was bad"],
)
def test_what_is_not_the_devices_fault_is_not_counted(changes: dict[str, str], state: str) -> None:
    (device,) = makers.devices(1)
    group, now = makers.group([device]), clock.now()
    for number in range(3):
        rollout = went(device, group, f"{number}.0", "timed_out", now, **changes)
        Rollout.objects.filter(pk=rollout.pk).update(state=state)
    assert failure_row(device).failures == 0
    assert left_out(group) == {}


def test_an_operator_pardons() -> None:
    (device,) = makers.devices(1)
    group, now = makers.group([device]), clock.now()
    for number in range(3):
        went(device, group, f"{number}.0", "failed", now)
    address = f"/api/v1/devices/{device.public_id}/penalty/"
    client = personas.client("operator")
    assert client.get(address).json()["failures"] == 3
    page = f"/console/devices/{device.public_id}"
    assert "Pardon it" in client.get(page).content.decode()
    assert client.delete(address).status_code == 204
    assert client.get(address).json() == {"failures": 0, "last_at": None, "last_cause": ""}
    assert left_out(group) == {}
    for number in range(3, 6):
        went(device, group, f"{number}.0", "failed", clock.now())
    client.post(f"{page}/pardon", {"back": page})
    assert "Pardon it" not in client.get(page).content.decode()


def test_a_policy_without_a_box_takes_everybody() -> None:
    (device,) = makers.devices(1)
    group, now = makers.group([device]), clock.now()
    for number in range(3):
        went(device, group, f"{number}.0", "failed", now)
    rollout = makers.rollout(makers.release("9.0"), group, start=False, penalty_after=0)
    assert plan_of(draft_of(rollout), clock.now(), drawn=True).taking_part == 1
