"""A release that needs a newer firmware: left out of the plan, and told to the device as well."""

from typing import Any

import pytest

from builds.signing.envelope import unverified_payload
from device_agent.protocol.instruction import INSTRUCTION_TYPE, parse_instruction
from fleet.devices.models import Device
from ota import services
from ota.models import Assignment, Instruction, Release
from tests import personas
from tests.ota import makers
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db


def fleet_of(*firmware: str) -> list[Device]:
    devices = makers.devices(len(firmware))
    for device, version in zip(devices, firmware, strict=True):
        device.attributes = {"firmware": version} if version else {}
        device.save()
    return devices


def needing(release: Release, *needs: str) -> Release:
    Release.objects.filter(pk=release.pk).update(needs=list(needs))
    release.refresh_from_db()
    return release


def test_devices_without_it_are_left_out_with_the_reason() -> None:
    devices = fleet_of("1.4.2", "1.3", "")
    release = needing(makers.release("2.0"), "firmware>=1.4")
    makers.group(devices)
    body = {"release": release.public_id, "group": "lab", "policy": makers.QUICK}
    plan = personas.client("viewer").post("/api/v1/rollout-plan/", body)
    assert plan.status_code == 403  # it is a POST, though it keeps nothing
    plan = personas.client("operator").post("/api/v1/rollout-plan/", body).json()
    assert plan["taking_part"] == 1
    assert plan["reasons"] == {
        "it needs firmware 1.4 or newer, and the device has 1.3": 1,
        "it needs firmware 1.4 or newer, and the device says nothing of its firmware": 1,
    }


def test_the_instruction_tells_the_device_and_the_way_back_does_not() -> None:
    fleet = FleetSimulator(fleet_of("1.4"))
    group = makers.group([d.device for d in fleet.devices.values()])
    fleet.run(makers.rollout(needing(makers.release("1.0"), "firmware>=1.0"), group))
    rollout = makers.rollout(needing(makers.release("2.0"), "firmware>=1.4"), group)
    fleet.run(rollout)
    services.rollout_roll_back(by=personas.SYSTEM, rollout=rollout)
    fleet.run(rollout)
    told = [needs_of(each) for each in Instruction.objects.order_by("pk")]
    assert told == [("firmware>=1.0",), ("firmware>=1.4",), ()]
    assert Assignment.objects.filter(kind="rollback", state="succeeded").exists()


def needs_of(row: Instruction) -> tuple[str, ...]:
    payload: Any = unverified_payload(row.envelope, INSTRUCTION_TYPE)
    return parse_instruction(payload).needs


@pytest.mark.parametrize("needs", [["firmware"], ["a>=1"] * 11, [f"a{n}>=1" for n in range(11)]])
def test_a_need_that_cannot_be_read_is_refused(needs: list[str]) -> None:
    version = makers.version("3.0")
    body = {"version": version.public_id, "needs": needs}
    answer = personas.client("operator").post("/api/v1/releases/", body)
    assert answer.status_code == 400
    good = personas.client("operator").post("/api/v1/releases/", body | {"needs": ["a >= 1"]})
    assert good.json()["needs"] == ["a>=1"]
