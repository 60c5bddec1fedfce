"""What a device ran on a day, and what that was made of, is answered from the events."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.devices.models import Device
from fleet.lib import clock
from ota import services
from ota.engine.states import AssignmentState
from ota.models import Assignment, AssignmentEvent
from tests import personas
from tests.ota import makers

pytestmark = pytest.mark.django_db


def confirmed(device: Device, label: str, hours_ago: float) -> Assignment:
    """A device that took a release so many hours ago."""
    release = makers.release(label)
    group = makers.group([device], label.replace(".", "-"))
    rollout = makers.rollout(release, group)
    services.rollout_tick(rollout.pk)
    found = Assignment.objects.get(rollout=rollout, latest=True)
    note(found, AssignmentState.SUCCEEDED, hours_ago)
    Assignment.objects.filter(pk=found.pk).update(state=AssignmentState.SUCCEEDED)
    return found


def note(assignment: Assignment, state: AssignmentState, hours_ago: float) -> None:
    """Write an event of that state, at that time, and date what was written before it."""
    at = clock.now() - timedelta(hours=hours_ago)
    AssignmentEvent._base_manager.filter(assignment=assignment, at__gt=at)._raw_delete("default")
    AssignmentEvent.objects.create(assignment=assignment, step="closed", state=state, at=at)


def ran(device: Device, hours_ago: float, who: str = "viewer") -> Any:
    at = (clock.now() - timedelta(hours=hours_ago)).isoformat()
    return personas.client(who).get(f"/api/v1/devices/{device.public_id}/ran/", {"at": at})


def test_each_day_has_its_version() -> None:
    device = makers.devices(1)[0]
    confirmed(device, "1.0", 48)
    confirmed(device, "2.0", 24)
    labels = {hours: ran(device, hours).json().get("label") for hours in (47, 25, 23, 0)}
    assert labels == {47: "1.0", 25: "1.0", 23: "2.0", 0: "2.0"}
    told = ran(device, 1).json()
    assert told["version"].startswith("ver_")
    assert len(told["sha256"]) == 64
    nothing = ran(device, 72)
    assert nothing.status_code == 404
    assert "had confirmed nothing by then" in nothing.json()["detail"]


def test_what_a_device_fell_back_from_counts_while_it_held() -> None:
    device = makers.devices(1)[0]
    confirmed(device, "1.0", 48)
    second = confirmed(device, "2.0", 24)
    AssignmentEvent.objects.create(
        assignment=second,
        step="fell back",
        state=AssignmentState.FAILED,
        at=clock.now() - timedelta(hours=12),
    )
    assert ran(device, 13).json()["label"] == "2.0"
    assert ran(device, 11).json()["label"] == "1.0"


def test_a_moment_is_asked_for_with_its_zone() -> None:
    device = makers.devices(1)[0]
    client = personas.client("viewer")
    address = f"/api/v1/devices/{device.public_id}/ran/"
    assert client.get(address).status_code == 400
    assert client.get(address, {"at": "yesterday"}).status_code == 400
