"""A device that took an update and reports later that it runs something else has failed after all:
at its assignment, at its rollout, in its judgement, and in words.
"""

from typing import Any

import pytest

from fleet.devices.models import Device, DeviceEvent
from ota import selectors, services
from ota.engine.states import AssignmentState, FailureCause, RolloutState
from ota.models import Assignment, DeviceUpdateState, Release, Rollout, RolloutEvent
from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
A = AssignmentState
STRICT = [{"cause": "any", "percent": 0, "min_sample": 1}]


def running(release: Release) -> dict[str, str]:
    return {
        "release": release.public_id,
        "model": release.product,
        "version": release.label,
        "sha256": release.artifacts.get().sha256,
    }


def updated(**overrides: Any) -> tuple[Device, Rollout, Assignment, Release]:
    """A device that runs 2.0 by a rollout that still soaks, and the release 1.0 before it."""
    device = makers.devices(1)[0]
    first, second = makers.release("1.0"), makers.release("2.0")
    group = makers.group([device])
    for release, soak in ((first, 0), (second, 3600)):
        rollout = makers.rollout(release, group, **{"soak_seconds": soak, **overrides})
        services.rollout_tick(rollout.pk)
        assignment = Assignment.objects.get(rollout=rollout)
        wire.post(
            caller(device), wire.path(assignment, "/feedback"), wire.said("closed", "success")
        )
        services.rollout_tick(rollout.pk)
    device.refresh_from_db()
    assert device.running == running(second)
    return device, rollout, Assignment.objects.get(rollout=rollout, latest=True), first


def told(device: Device, data: dict[str, Any], mode: str = "merge") -> None:
    to = f"{makers.base(device)}/configData"
    assert wire.put(caller(device), to, {"mode": mode, "data": data}).status_code == 200
    device.refresh_from_db()


def test_the_assignment_the_rollout_and_the_timeline_tell_it() -> None:
    device, rollout, assignment, first = updated()
    told(device, running(first))
    assignment.refresh_from_db()
    assert (assignment.state, assignment.cause) == (A.FAILED, FailureCause.FELL_BACK)
    assert assignment.text == "it reports that it runs digits 1.0"
    event = RolloutEvent.objects.filter(rollout=rollout, step="fall_back").get()
    assert event.text == (
        "cam-000 fell back by itself from digits 2.0: it reports that it runs digits 1.0"
    )
    assert event.wave == assignment.wave
    line = DeviceEvent.objects.filter(device=device, text__contains="fell back by itself").get()
    assert line.detail["release"] == assignment.release.public_id


def test_the_explanation_says_so_in_words() -> None:
    device, _, _, first = updated()
    assert selectors.device_explanation(device) == "The device runs what it was told to run."
    told(device, running(first))
    assert selectors.device_explanation(device) == (
        "The device took the update and fell back by itself: it reports that it runs digits 1.0."
    )


def test_the_rollout_is_judged_by_it() -> None:
    device, rollout, _, first = updated(failures=STRICT)
    told(device, running(first))
    services.rollout_tick(rollout.pk)
    rollout.refresh_from_db()
    assert rollout.state == RolloutState.PAUSED
    assert rollout.reason == "wave 1: failure: 1 of 1 finished devices, more than 0 % allowed"
    causes = [dict(wave.causes) for wave in selectors.rollout_progress(rollout).waves]
    assert {"fell_back": 1} in causes


def test_where_the_policy_allows_it_is_tried_again() -> None:
    lenient = [{"cause": "any", "percent": 100, "min_sample": 1}]
    device, rollout, _, first = updated(attempts=2, failures=lenient)
    told(device, running(first))
    services.rollout_tick(rollout.pk)
    again = Assignment.objects.get(rollout=rollout, latest=True)
    assert (again.attempt, again.state) == (2, A.OFFERED)


@pytest.mark.parametrize("missing", ["", "sha256", "release", "release sha256", "model release"])
def test_fewer_members_say_it_too(missing: str) -> None:
    device, _, assignment, first = updated()
    said = {key: value for key, value in running(first).items() if key not in missing.split()}
    told(device, said)
    assignment.refresh_from_db()
    assert assignment.cause == FailureCause.FELL_BACK


def test_nothing_that_runs_is_a_fall_too() -> None:
    device, _, assignment, _ = updated()
    told(device, {"release": "", "model": "", "version": "", "sha256": ""})
    assignment.refresh_from_db()
    assert assignment.text == "it reports that it runs no model"
    assert device.running == {}


@pytest.mark.parametrize(
    ("data", "mode"),
    [
        ({"hw": "B2"}, "replace"),
        ({"version": "2.0"}, "merge"),
        ({"model": "digits", "version": "2.0"}, "replace"),
        # Attributes of another client's hardware, by the same names.
        ({"model": "kws-12", "version": "rev C"}, "merge"),
        ({"version": "1.0"}, "remove"),
        ({"release": "", "sha256": ""}, "remove"),
    ],
)
def test_what_says_nothing_else_is_no_fall(data: dict[str, Any], mode: str) -> None:
    device, _, assignment, _ = updated()
    told(device, data, mode)
    assignment.refresh_from_db()
    assert assignment.state == A.SUCCEEDED
    assert selectors.device_explanation(device) == "The device runs what it was told to run."


def test_an_update_on_its_way_may_be_told_before_its_last_word() -> None:
    device, _, assignment, _ = updated()
    third = makers.release("3.0")
    rollout = makers.rollout(third, makers.group([device], "next"))
    services.rollout_tick(rollout.pk)
    told(device, running(third))
    assignment.refresh_from_db()
    assert assignment.state == A.SUCCEEDED


def test_a_device_under_way_still_tells_what_it_ran_before() -> None:
    device, _, assignment, _ = updated()
    rollout = makers.rollout(makers.release("3.0"), makers.group([device], "next"))
    services.rollout_tick(rollout.pk)
    told(device, running(assignment.release))
    assignment.refresh_from_db()
    assert assignment.state == A.SUCCEEDED


def test_it_is_told_once_and_what_runs_now_is_known() -> None:
    device, rollout, _, first = updated()
    for _ in range(3):
        told(device, running(first))
    assert RolloutEvent.objects.filter(rollout=rollout, step="fall_back").count() == 1
    installed = DeviceUpdateState.objects.get(device=device).installed
    assert installed is not None
    assert installed.release == first
    assert "installedBase" in wire.links(caller(device), installed)


def test_a_device_that_says_so_by_its_installed_base_is_heard_too() -> None:
    device, _, assignment, _ = updated()
    body = {"name": "digits", "version": "1.0"}
    assert wire.put(caller(device), f"{makers.base(device)}/installedBase", body).status_code == 201
    assignment.refresh_from_db()
    assert assignment.cause == FailureCause.FELL_BACK


def test_a_new_rollout_of_the_same_release_does_not_pass_it_over() -> None:
    device, _, assignment, _ = updated()
    told(device, {"version": "1.0"})
    rollout = makers.rollout(assignment.release, makers.group([device], "again"))
    assert Assignment.objects.get(rollout=rollout).state == A.PLANNED
