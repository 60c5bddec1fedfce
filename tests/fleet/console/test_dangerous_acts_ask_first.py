"""What devices feel, or what cannot be undone, is asked before it is done: what it will do, to how
many, with a reason, and with a name typed where nothing brings it back.
"""

from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.devices.models import Device
from ota import services
from ota.models import Release
from tests import personas
from tests.fleet.console.world import World
from tests.ota import makers
from tests.personas import SYSTEM


def press(address: str, **fields: str) -> Any:
    answer = personas.client("operator").post(address, {"back": "/console/", **fields}, follow=True)
    assert answer.status_code == 200
    return answer


def revoked(release: Release) -> bool:
    release.refresh_from_db()
    return release.state == "revoked"


@pytest.mark.parametrize("verb", ["abort", "roll-back"])
def test_a_rollout_goes_on_until_the_question_is_answered(world: World, verb: str) -> None:
    address = f"/console/rollouts/{world.rollout.public_id}/{verb}"
    asks = press(address).content.decode()
    assert "Devices now:" in asks
    assert 'name="reason"' in asks
    world.rollout.refresh_from_db()
    assert world.rollout.state == "running"


def test_a_reason_that_was_given_is_kept(world: World) -> None:
    address = f"/console/rollouts/{world.rollout.public_id}/abort"
    typed = world.rollout.release.label
    press(address, yes="yes", typed=typed, reason="the lamp was changed")
    world.rollout.refresh_from_db()
    assert world.rollout.state in {"aborting", "aborted"}
    assert world.rollout.reason == "the lamp was changed"


def test_a_start_says_how_many_devices_it_reaches(world: World) -> None:
    group = makers.group(makers.devices(3, prefix="lamp"), "lamps")
    draft = makers.rollout(world.rollout.release, group, start=False)
    asks = press(f"/console/rollouts/{draft.public_id}/start").content.decode()
    assert "3 devices of lamps get" in asks
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_what_cannot_be_undone_wants_its_name_typed(world: World) -> None:
    del world
    release = services.release_create(by=SYSTEM, version=makers.version("2.0"))
    address = f"/console/releases/{release.public_id}/revoke"
    assert "cannot be undone" in press(address).content.decode()
    wrong = press(address, yes="yes", typed="something").content.decode()
    assert 'role="alert"' in wrong
    assert not revoked(release)
    assert 'value="something"' in wrong
    press(address, yes="yes", typed=release.title, reason="it leaks")
    assert revoked(release)
    assert AuditEntry.objects.get(action="ota.release_revoke").detail == {"reason": "it leaks"}


def test_a_reason_is_asked_for_at_its_field(world: World) -> None:
    address = f"/console/rollouts/{world.rollout.public_id}/roll-back"
    asks = press(address, yes="yes").content.decode()
    assert 'aria-describedby="reason-wrong"' in asks
    world.rollout.refresh_from_db()
    assert world.rollout.state == "running"


def test_a_revocation_says_how_many_devices_run_the_release(world: World) -> None:
    release = world.rollout.release
    running = {"release": release.public_id}
    Device.objects.filter(pk=world.device.pk).update(running=running)
    asks = press(f"/console/releases/{release.public_id}/revoke").content.decode()
    assert "1 device runs it" in asks


def test_why_a_device_was_rejected_is_on_its_timeline(world: World) -> None:
    address = f"/console/devices/{world.device.public_id}"
    press(f"{address}/reject", yes="yes", reason="the lamp is broken")
    page = personas.client("operator").get(address).content.decode()
    assert "Rejected by operator: the lamp is broken" in page


def test_a_device_is_not_lost_by_one_press(world: World) -> None:
    address = f"/console/devices/{world.device.public_id}"
    for verb in ("reject", "decommission"):
        assert "Leave it" in press(f"{address}/{verb}").content.decode()
    world.device.refresh_from_db()
    assert world.device.state == "accepted"
