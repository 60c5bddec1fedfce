"""A plan names waves, devices, those left out and why, bytes and times; the start does that."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings

from fleet.devices.models import Device, Group
from fleet.lib import clock
from ota import services
from ota.models import Assignment, Release, ReleaseArtifact, Rollout
from ota.planning.parts import draft_of
from ota.planning.plan import RolloutPlan, plan_of
from tests import personas
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
WAVES = [{"share_percent": 20}, {"share_percent": 100}]


def drafted(release: Release, group: Group, **overrides: Any) -> Rollout:
    return makers.rollout(release, group, start=False, **{"waves": WAVES, **overrides})


def planned(rollout: Rollout) -> RolloutPlan:
    return plan_of(draft_of(rollout), clock.now(), drawn=True)


def label(devices: list[Device], key: str, values: list[str]) -> None:
    for device, value in zip(devices, values, strict=True):
        device.labels = {key: value}
        device.save()


def started(rollout: Rollout) -> list[Assignment]:
    services.rollout_start(by=SYSTEM, rollout=rollout)
    return list(rollout.assignments.select_related("device", "wave").order_by("position"))


def test_the_waves_of_the_plan_are_those_of_the_start() -> None:
    release = makers.release()
    rollout = drafted(release, makers.group(makers.devices(10)))
    plan = planned(rollout)
    size = ReleaseArtifact.objects.get(release=release).size_bytes
    assert [wave.devices for wave in plan.waves] == [2, 8]
    assert [wave.size_bytes for wave in plan.waves] == [2 * size, 8 * size]
    rows = started(rollout)
    assert [row.device for row in rows] == [d for wave in plan.waves for d in wave.names]
    assert [row.wave.index for row in rows] == [0] * 2 + [1] * 8


def test_those_left_out_have_a_reason_and_no_share_of_a_wave() -> None:
    release, devices = makers.release(), makers.devices(6)
    running = {"release": release.public_id, "version": release.label}
    Device.objects.filter(pk__in=[d.pk for d in devices[:4]]).update(running=running)
    rollout = drafted(release, makers.group(devices))
    plan = planned(rollout)
    assert (plan.devices, plan.taking_part, plan.left_out_count) == (6, 2, 4)
    assert plan.reasons == {"the device runs this release already": 4}
    assert [wave.devices for wave in plan.waves] == [1, 1]
    rows = started(rollout)
    assert [row.state for row in rows] == ["planned", "planned", *["skipped"] * 4]


def test_no_site_comes_twice_before_all_came_once() -> None:
    devices = makers.devices(9)
    label(devices, "site", ["oslo"] * 6 + ["lyon", "lyon", "rome"])
    rollout = drafted(makers.release(), makers.group(devices), spread=["site"])
    plan = planned(rollout)
    order = [device.labels["site"] for wave in plan.waves for device in wave.names]
    assert sorted(order[:3]) == ["lyon", "oslo", "rome"]
    assert sorted(order[3:5]) == ["lyon", "oslo"]
    assert order[5:] == ["oslo"] * 4
    assert "No value of site comes twice" in " ".join(plan.rules)


def test_a_canary_is_another_one_the_next_time() -> None:
    devices = makers.devices(5)
    group, canaries = makers.group(devices), []
    for number in range(3):
        rollout = drafted(makers.release(f"{number}.0"), group, waves=WAVES)
        canaries.append(planned(rollout).waves[0].names[0].pk)
        services.rollout_start(by=SYSTEM, rollout=rollout)
        services.rollout_tick(rollout.pk)
        Assignment.objects.filter(rollout=rollout).update(state="succeeded")
    assert all(one != other for one, other in pairwise(canaries))


def test_three_devices_get_waves_that_say_how_many() -> None:
    rollout = makers.rollout(makers.release(), makers.group(makers.devices(3)), start=False, waves=[
        {"share_percent": 5}, {"share_percent": 25}, {"share_percent": 100}
    ])  # fmt: skip
    plan = planned(rollout)
    assert [wave.devices for wave in plan.waves] == [1, 0, 2]
    assert "(1 of 3 in all)" in plan.waves[0].sentence
    assert "no device is left" in plan.waves[1].sentence
    services.rollout_start(by=SYSTEM, rollout=rollout)
    services.rollout_tick(rollout.pk)
    assert rollout.waves.get(index=0).reason == "up to 1 of 3 devices"


def test_a_window_is_in_the_devices_own_zone_and_utc_where_none_is_known() -> None:
    devices = makers.devices(3)
    label(devices[:2], "timezone", ["America/New_York", "Middle-earth/Shire"])
    devices[2].attributes = {"timezone": "Asia/Kolkata"}
    devices[2].save()
    window = {"schedule": "0 0 2 * * ?", "duration": "02:00:00", "timezone": "device"}
    rollout = drafted(makers.release(), makers.group(devices), delivery={"window": window})
    assert any("1 of them have no label or attribute" in note for note in planned(rollout).notes)
    zones = {row.device_id: row.delivery["window"]["timezone"] for row in started(rollout)}
    assert [zones[d.pk] for d in devices] == ["America/New_York", "UTC", "Asia/Kolkata"]


def test_the_time_follows_caps_soak_and_start() -> None:
    rollout = drafted(
        makers.release(), makers.group(makers.devices(10)), max_in_flight=2, soak_seconds=600
    )
    plan = planned(rollout)
    first = plan.waves[0]
    assert first.begins_at is not None and first.ends_at is not None  # noqa: PT018
    usual = (first.ends_at - first.begins_at).total_seconds() - 600
    assert usual == settings.EDGEFLEET_POLL_SECONDS + 120  # a poll and an installation
    assert plan.seconds == 5 * usual + 2 * 600
    assert "are assumed" in plan.reckoned
    start_at = clock.now() + timedelta(days=3)
    later = drafted(makers.release("2.0"), rollout.group, start_at=start_at.isoformat())
    shown = planned(later)
    assert shown.waves[0].begins_at == start_at
    assert "It waits at first: the start time" in shown.notes[0]


def test_the_usual_time_is_measured_once_there_is_one() -> None:
    release = makers.release()
    rollout = makers.rollout(release, makers.group(makers.devices(4)))
    now = clock.now()
    rollout.assignments.update(
        state="succeeded", assigned_at=now - timedelta(seconds=90), finished_at=now
    )
    plan = planned(drafted(makers.release("2.0"), rollout.group))
    assert "the middle of the last 4 updates took 1 minute 30 seconds" in plan.reckoned


def test_rest_plans_before_there_is_a_rollout_and_keeps_nothing() -> None:
    release, group = makers.release(), makers.group(makers.devices(4))
    client = personas.client("operator")
    body = {"release": release.public_id, "group": group.name, "policy_name": "steady"}
    plan = client.post("/api/v1/rollout-plan/", body, format="json").json()
    assert (plan["drawn"], plan["taking_part"], len(plan["waves"])) == (False, 4, 4)
    assert plan["power"]
    assert not Rollout.objects.exists()
    wrong = client.post("/api/v1/rollout-plan/", {**body, "policy_name": "wild"}, format="json")
    assert wrong.status_code == 400
    assert "security, steady" in wrong.json()["detail"]


def test_a_rollout_that_has_begun_has_a_report_and_no_plan() -> None:
    rollout = makers.rollout(makers.release(), makers.group(makers.devices(1)))
    client = personas.client("viewer")
    answer = client.get(f"/api/v1/rollouts/{rollout.public_id}/plan/")
    assert answer.status_code == 409
    assert client.get(f"/api/v1/rollouts/{rollout.public_id}/report/").status_code == 200


def test_a_held_device_is_told_why() -> None:
    start_at = (clock.now() + timedelta(days=1)).isoformat()
    device, rollout, _ = makers.lonely(start_at=start_at)
    assert rollout.waves.get(index=0).state == "pending"
    client = personas.client("viewer")
    said = client.get(f"/api/v1/devices/{device.public_id}/explanation/").json()["explanation"]
    assert said.startswith("It waits: the start time, ")
