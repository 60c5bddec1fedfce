"""SWUpdate from Debian polls, downloads, installs and reports, with a target token that is replaced
under way, and with its group's gateway token.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from builds import keyring
from builds.choices import KeyRole
from builds.models import Artifact
from device_agent.protocol.instruction import ArtifactStatement, seal_statement
from fleet.devices import presence
from fleet.devices.models import ClientToken, Device, Group
from fleet.devices.tokens import issue as tokens
from ota import services
from ota.models import Assignment, ReleaseArtifact
from registry import blobs
from tests.ota import makers
from tests.personas import SYSTEM
from tests.servers import swupdate

pytestmark = [
    pytest.mark.server,
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which(swupdate.PROGRAM) is None, reason="swupdate is not installed"),
]
INSTALLED = "executing post-update actions"
PAYLOAD = b"weights " * 50_000  # several pieces of a download


@pytest.fixture(autouse=True)
def own_world(tmp_path: Path, settings: Any) -> None:
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    settings.EDGEFLEET_PRESENCE_SECONDS = 0
    settings.EDGEFLEET_POLL_SECONDS = 1
    settings.EDGEFLEET_TARGET_TOKENS = True
    settings.EDGEFLEET_GATEWAY_TOKENS = True


@pytest.fixture
def maker() -> swupdate.Maker:
    return swupdate.Maker.new()


@pytest.fixture
def offered(tmp_path: Path, maker: swupdate.Maker) -> Assignment:
    """One device that is offered an image of this client's kind."""
    maker.trusted_in(tmp_path)
    device = makers.devices(1)[0]
    release = makers.release()
    row = ReleaseArtifact.objects.get(release=release)
    data = swupdate.image(PAYLOAD, tmp_path / "installed.bin", maker)
    digests = {name: hashlib.new(name, data).hexdigest() for name in ("sha256", "sha1", "md5")}
    ReleaseArtifact.objects.filter(pk=row.pk).update(
        artifact=built(row, data), filename="model.swu", size_bytes=len(data), **digests
    )
    rollout = makers.rollout(release, makers.group([device]))
    services.rollout_tick(rollout.pk)
    return Assignment.objects.get(rollout=rollout)


def built(row: ReleaseArtifact, data: bytes) -> Artifact:
    """The image, signed by the builder as every artifact is."""
    version, blob = row.release.model_version, blobs.put_bytes(data)
    assert row.artifact is not None
    statement = ArtifactStatement(
        blob.sha256, len(data), "bundle", version.model.name, version.label, row.target
    )
    envelope: Any = seal_statement(statement, keyring.signer(KeyRole.ARTIFACTS))
    return Artifact.objects.create(
        build=row.artifact.build,
        kind=row.artifact.kind,
        filename="model.swu",
        blob=blob,
        sha256=blob.sha256,
        size_bytes=len(data),
        signature=envelope,
        key_id=envelope["signatures"][0]["keyid"],
    )


def issue(holder: Device | Group) -> str:
    return tokens.token_issue(holder=holder, by=SYSTEM)[1]


def ended(assignment: Assignment) -> bool:
    assignment.refresh_from_db()
    return assignment.finished_at is not None


def used(number: int) -> bool:
    return ClientToken.objects.order_by("pk")[number].used


def polled(device: Device) -> bool:
    before = device.last_seen_at
    presence.flush()
    device.refresh_from_db()
    return device.last_seen_at != before


def updated(offered: Assignment, *credential: str, folder: Path) -> None:
    """The client's way: install, start anew, and only then say that it went well."""
    name = offered.device.controller_id
    with swupdate.running(name, *credential, folder=folder) as client:
        client.until(lambda: INSTALLED in client.log.read_text(), "it installed")
    assert (folder / "installed.bin").read_bytes() == PAYLOAD
    offered.refresh_from_db()
    assert offered.state == "installing", offered.text
    with swupdate.running(name, *credential, "-c", "2", folder=folder) as client:
        client.until(lambda: ended(offered), "the update ended")
    assert offered.state == "succeeded", offered.text


def test_it_installs_with_a_token_that_is_replaced_later(
    offered: Assignment, tmp_path: Path
) -> None:
    device = offered.device
    old = issue(device)
    updated(offered, "-k", old, folder=tmp_path)
    new = issue(device)
    polled(device)
    with swupdate.running(device.controller_id, "-k", old, folder=tmp_path) as client:
        client.until(lambda: polled(device), "the old token still polls")
    assert not used(1)
    with swupdate.running(device.controller_id, "-k", new, folder=tmp_path) as client:
        client.until(lambda: used(1), "the new token polls")
    first, second = ClientToken.objects.order_by("pk")
    assert first.ends_at is not None
    assert second.ends_at is None


def test_its_gateways_token_is_enough(offered: Assignment, tmp_path: Path) -> None:
    device = offered.device
    updated(offered, "-g", issue(Group.objects.get()), folder=tmp_path)
    presence.flush()
    device.refresh_from_db()
    assert device.gateway == ClientToken.objects.get()
