"""SWUpdate from Debian, and a signed `.swu` that was uploaded over REST: released, rolled out and
installed; cancelled; and refused where another maker has signed it.
"""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleet.devices.models import Device
from fleet.devices.tokens import issue as tokens
from ota import services
from ota.models import Assignment, Rollout
from tests import personas
from tests.ota import makers
from tests.servers import swupdate

pytestmark = [
    pytest.mark.server,
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which(swupdate.PROGRAM) is None, reason="swupdate is not installed"),
]
INSTALLED = "executing post-update actions"
PAYLOAD = b"rootfs " * 50_000


@pytest.fixture(autouse=True)
def own_world(tmp_path: Path, settings: Any) -> None:
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    settings.EDGEFLEET_PRESENCE_SECONDS = 0
    settings.EDGEFLEET_POLL_SECONDS = 1
    settings.EDGEFLEET_TARGET_TOKENS = True


def posted(path: str, body: dict[str, Any], status: int = 201) -> Any:
    answer = personas.client("operator").post(f"/api/v1/{path}", body)
    assert answer.status_code == status, answer.json()
    return answer.json()


def released(image: bytes) -> str:
    """A published release of one `.swu`, made as an operator's script would."""
    module = posted("software/", {"name": "system", "version": "2", "type": "os"})["id"]
    file = io.BytesIO(image)
    file.name = "system.swu"
    assert posted(f"software/{module}/files/", {"file": file})["signature"] == "signed"
    release = posted("releases/", {"name": "gateway", "label": "2", "modules": [module]})["id"]
    posted(f"releases/{release}/approve/", {}, 200)
    posted(f"releases/{release}/publish/", {}, 200)
    return str(release)


@pytest.fixture
def roll_out(tmp_path: Path) -> Callable[[swupdate.Maker], tuple[Assignment, str]]:
    def act(maker: swupdate.Maker) -> tuple[Assignment, str]:
        release = released(swupdate.image(PAYLOAD, tmp_path / "installed.bin", maker))
        device = makers.devices(1, target="foreign")[0]
        group = makers.group([device])
        body = {"release": release, "group": group.name, "policy_name": "all-at-once"}
        rollout = posted("rollouts/", body | {"policy": {"attempts": 1}})["id"]
        posted(f"rollouts/{rollout}/start/", {}, 200)
        services.rollout_tick(Rollout.objects.get().pk)
        _, secret = tokens.token_issue(holder=device, by=personas.SYSTEM)
        return Assignment.objects.get(), secret

    return act


def state(assignment: Assignment) -> str:
    assignment.refresh_from_db()
    return assignment.state


def running(device: Device, *credential: str, folder: Path) -> Any:
    return swupdate.running(device.controller_id, *credential, folder=folder)


def test_it_is_installed(roll_out: Any, tmp_path: Path) -> None:
    maker = swupdate.Maker.new()
    maker.trusted_in(tmp_path)
    assignment, secret = roll_out(maker)
    device = assignment.device
    with running(device, "-k", secret, folder=tmp_path) as client:
        client.until(lambda: INSTALLED in client.log.read_text(), "it installed")
    assert (tmp_path / "installed.bin").read_bytes() == PAYLOAD
    with running(device, "-k", secret, "-c", "2", folder=tmp_path) as client:
        client.until(lambda: state(assignment) == "succeeded", "the update ended")
    services.rollout_tick(assignment.rollout_id)
    device.refresh_from_db()
    assert (device.running["model"], device.running["version"]) == ("gateway", "2")


def test_a_signature_of_another_maker_is_refused_by_the_client(
    roll_out: Any, tmp_path: Path
) -> None:
    swupdate.Maker.new().trusted_in(tmp_path)
    assignment, secret = roll_out(swupdate.Maker.new())
    with running(assignment.device, "-k", secret, folder=tmp_path) as client:
        client.until(lambda: state(assignment) == "failed", "the update failed")
    assert not (tmp_path / "installed.bin").exists()
    assert INSTALLED not in (tmp_path / "log").read_text()


def test_a_cancellation_reaches_it_before_it_has_read_anything(
    roll_out: Any, tmp_path: Path
) -> None:
    maker = swupdate.Maker.new()
    maker.trusted_in(tmp_path)
    assignment, secret = roll_out(maker)
    services.assignment_cancel(by=personas.SYSTEM, assignment=assignment, reason="not today")
    with running(assignment.device, "-k", secret, folder=tmp_path) as client:
        client.until(
            lambda: assignment.events.filter(step="cancel_accepted").exists(), "it acknowledged"
        )
    assert state(assignment) == "cancelled"
    assert not (tmp_path / "installed.bin").exists()
