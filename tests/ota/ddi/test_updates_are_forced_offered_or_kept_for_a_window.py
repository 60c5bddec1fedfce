"""Action types and maintenance windows, as the deployment tells them at each moment."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from fleet.lib import clock
from fleet.lib.errors import Refused
from ota import services
from ota.models import Assignment
from tests.ota import makers, software
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
NIGHT = {"schedule": "0 0 2 * * ?", "duration": "01:00:00", "timezone": "+00:00"}


def offered(**delivery: Any) -> tuple[Client, Assignment]:
    device, assignment = software.offered(software.module(), delivery=delivery)
    return caller(device), assignment


def handling(client: Client, assignment: Assignment) -> tuple[str, str, str | None]:
    found = client.get(wire.path(assignment)).json()["deployment"]
    return found["download"], found["update"], found.get("maintenanceWindow")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("forced", ("forced", "forced", None)),
        ("soft", ("attempt", "attempt", None)),
        ("downloadonly", ("forced", "skip", None)),
    ],
)
def test_the_type_says_how_urgent_it_is(kind: str, told: tuple[str, str, str | None]) -> None:
    assert handling(*offered(type=kind)) == told


def test_a_soft_one_becomes_forced_at_its_time_and_has_another_address() -> None:
    at = clock.now() + timedelta(minutes=5)
    client, assignment = offered(type="timeforced", force_at=at.isoformat())
    before = wire.links(client, assignment)["deploymentBase"]
    assert handling(client, assignment) == ("attempt", "attempt", None)
    with clock.fixed(at):
        assert handling(client, assignment) == ("forced", "forced", None)
        assert wire.links(client, assignment)["deploymentBase"] != before


def test_outside_its_window_it_is_only_downloaded() -> None:
    noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    _, assignment = offered(window=NIGHT)
    with clock.fixed(noon):
        client = caller(assignment.device)  # sessions live an hour
        assert handling(client, assignment) == ("forced", "skip", "unavailable")
        shut = wire.links(client, assignment)["deploymentBase"]
    with clock.fixed(noon.replace(hour=2, minute=30)):
        client = caller(assignment.device)
        assert handling(client, assignment) == ("forced", "forced", "available")
        assert wire.links(client, assignment)["deploymentBase"] != shut


def test_a_device_comes_again_when_its_window_opens(settings: Any) -> None:
    settings.EDGEFLEET_POLL_SECONDS = 300
    _, assignment = offered(window=NIGHT)

    def sleep(moment: datetime) -> str:
        with clock.fixed(moment):
            poll = caller(assignment.device).get(makers.base(assignment.device)).json()
        return str(poll["config"]["polling"]["sleep"])

    two = clock.now().replace(hour=2, minute=0, second=0, microsecond=0)
    assert sleep(two - timedelta(hours=1)) == "00:05:00"
    assert sleep(two - timedelta(seconds=20)) == "00:00:20"
    assert sleep(two) == "00:05:00"


def test_a_download_only_update_ends_with_the_download() -> None:
    client, assignment = offered(type="downloadonly")
    client.get(wire.path(assignment))
    to = wire.path(assignment, "/feedback")
    for _ in range(2):  # the second is a repeat
        assert wire.post(client, to, wire.said("downloaded")).status_code == 200
    assignment.refresh_from_db()
    assert assignment.state == "succeeded"
    device = assignment.device
    device.refresh_from_db()
    assert device.running == {}, "it has the file and runs what it ran"
    installed = f"{makers.base(device)}/installedBase/{assignment.pk}"
    assert client.get(installed).status_code == 404
    for _ in range(4):  # rounds of all its waves
        services.rollout_tick(assignment.rollout_id)
    assignment.rollout.refresh_from_db()
    assert assignment.rollout.state == "done"


@pytest.mark.parametrize(
    "delivery",
    [
        {"type": "perhaps"},
        {"type": "timeforced"},
        {"force_at": "2030-01-01T00:00:00+00:00"},
        {"type": "timeforced", "force_at": "soon"},
        {"type": "timeforced", "force_at": "2030-01-01T00:00:00"},
        {"confirmation": "yes"},
        {"denied": "maybe"},
        {"window": {"schedule": "0 0 2 * * ?"}},
        {"window": NIGHT | {"schedule": "0 0 25 * * ?"}},
        {"window": NIGHT | {"timezone": "Mars/Olympus"}},
        {"window": NIGHT | {"duration": "00:00:00"}},
        {"other": 1},
        "forced",
    ],
)
def test_a_delivery_that_makes_no_sense_plans_no_rollout(delivery: Any) -> None:

    device = makers.devices(1, target="foreign")[0]
    made = software.release(software.module())
    with pytest.raises(Refused):
        makers.rollout(made, makers.group([device]), delivery=delivery)
    assert not Assignment.objects.exists()
