"""Somebody writes the database at will: 0 installs of anything unsigned, old or another's."""

import json
from typing import Any

import pytest
from django.core.management import call_command

from builds import keyring
from builds.models import SigningKey
from builds.signing import file_signer
from device_agent.protocol.instruction import ArtifactStatement, seal_statement
from ota import services
from ota.models import Instruction, ReleaseArtifact, SigningRequest, TufMetadata
from ota.trust.signer import repository, signing_request
from tests.agent_and_service import releases
from tests.agent_and_service.device import offer, state_of
from tests.ota import makers
from tests.ota.trust import drill, world

pytestmark = pytest.mark.django_db


def evil_statement(signer: Any) -> dict[str, Any]:
    stated = ArtifactStatement(
        drill.EVIL_SHA256, len(drill.EVIL), "bundle", "digits", "2.0", makers.TARGET
    )
    return dict(seal_statement(stated, signer))


def swap(row: ReleaseArtifact) -> None:
    """The release's file becomes the attacker's."""
    drill.put_evil()
    drill.sql(
        "UPDATE ota_releaseartifact SET sha256 = %s, size_bytes = %s WHERE id = %s",
        drill.EVIL_SHA256,
        len(drill.EVIL),
        row.pk,
    )


def forge(row: ReleaseArtifact, signer: Any) -> None:
    """The builder's envelope becomes one that the attacker has signed."""
    drill.sql(
        "UPDATE builds_artifact SET sha256 = %s, blob_id = %s, signature = %s WHERE id = %s",
        drill.EVIL_SHA256,
        drill.EVIL_SHA256,
        json.dumps(evil_statement(signer)),
        row.artifact_id,
    )


def attacker(tmp_path: Any) -> Any:
    file_signer.create(tmp_path / "attacker.pem")
    return file_signer.load(tmp_path / "attacker.pem")


def test_a_swapped_file_is_not_listed_by_the_signer() -> None:
    device, first = drill.victim()
    second = releases.release("2.0")
    swap(second.artifacts.get())
    offer(device, second, "second")
    drill.visits(device)
    asked = SigningRequest.objects.get(release=second)
    assert (asked.state, "as something else" in asked.reason) == ("refused", True)
    assert drill.runs(device) == drill.sha256_of(first)


def test_a_file_swapped_after_it_was_listed_is_refused_by_the_device() -> None:
    device, first = drill.victim()
    second = releases.release("2.0")
    assert signing_request.release_listed(second)
    swap(second.artifacts.get())
    assignment = offer(device, second, "second")
    assert state_of(assignment) == "offered", "the director was fooled"
    drill.visits(device)
    assert state_of(assignment) == "failed"
    assert drill.installed(device) == {drill.sha256_of(first)}


def test_an_attackers_envelope_and_key_do_not_help(tmp_path: Any) -> None:
    device, first = drill.victim()
    second = releases.release("2.0")
    row, key = second.artifacts.get(), attacker(tmp_path)
    swap(row)
    forge(row, key)
    public = {"keyid": key.public_key.keyid, **key.public_key.to_dict()}
    drill.sql(
        "UPDATE builds_signingkey SET keyid = %s, key = %s WHERE role = 'artifacts'",
        public["keyid"],
        json.dumps(public),
    )
    assert SigningKey.objects.filter(keyid=public["keyid"]).exists()
    with pytest.raises(Exception, match="does not belong to the public key"):
        keyring.signer("artifacts")
    rollout = makers.rollout(second, makers.group([device.row], "second"))
    services.rollout_tick(rollout.pk)
    assert SigningRequest.objects.get(release=second).state == "refused"
    drill.visits(device)
    assert drill.runs(device) == drill.sha256_of(first)
    assert drill.EVIL_SHA256 not in drill.installed(device)


def test_an_instruction_for_another_device_is_refused() -> None:
    device, first = drill.victim()
    second = releases.release("2.0")
    (other,) = makers.devices(1, prefix="other")
    rollout = makers.rollout(
        second, makers.group([device.row, other], "both"), waves=[{"share_percent": 100}]
    )
    services.rollout_tick(rollout.pk)
    theirs = Instruction.objects.get(assignment__rollout=rollout, device=other)
    drill.sql(
        "UPDATE ota_instruction SET envelope = %s WHERE device_id = %s AND counter = 2",
        json.dumps(theirs.envelope),
        device.row.pk,
    )
    drill.visits(device)
    assert drill.runs(device) == drill.sha256_of(first)


def test_an_old_instruction_is_not_followed_again() -> None:
    device, _ = drill.victim()
    old = Instruction.objects.get(device=device.row)
    second = releases.release("2.0")
    offer(device, second, "second")
    drill.visits(device)
    assert drill.runs(device) == drill.sha256_of(second)
    offer(device, releases.release("3.0"), "third")
    newest = Instruction.objects.filter(device=device.row).latest("counter")
    drill.sql(
        "UPDATE ota_instruction SET envelope = %s WHERE id = %s",
        json.dumps(old.envelope),
        newest.pk,
    )
    drill.visits(device)
    assert drill.runs(device) == drill.sha256_of(second)


def test_forged_metadata_is_refused_and_one_command_takes_it_out(tmp_path: Any) -> None:
    release = world.listed()
    client = tmp_path / "c"
    assert world.fetched(client, world.path(release))
    drill.without_triggers()
    newest = TufMetadata.objects.filter(role="timestamp").latest("version")
    drill.put_evil()
    drill.sql(
        "INSERT INTO ota_tufmetadata (role, version, blob_id, signed_at, expires_at) "
        "SELECT role, version + 1, %s, signed_at, expires_at FROM ota_tufmetadata WHERE id = %s",
        drill.EVIL_SHA256,
        newest.pk,
    )
    with pytest.raises(Exception, match="Failed to deserialize"):
        world.fetched(client, world.path(release))
    call_command("keys", "repair")
    assert not TufMetadata.objects.filter(blob_id=drill.EVIL_SHA256).exists()
    assert world.is_genuine(world.fetched(client, world.path(release)), release)


def test_after_a_restored_backup_versions_still_rise(tmp_path: Any) -> None:
    release = world.listed()
    backup = TufMetadata.objects.filter(role="timestamp").latest("version").version
    for label in ("2.0", "3.0"):
        world.listed(label)
    client = tmp_path / "c"
    assert world.fetched(client, world.path(release))
    published = TufMetadata.objects.filter(role="timestamp").latest("version").version
    drill.sql("DELETE FROM ota_tufmetadata WHERE role <> 'root' AND version > %s", backup)
    assert repository.repository_maintain()
    assert TufMetadata.objects.filter(role="timestamp").latest("version").version > published
    assert world.is_genuine(world.fetched(client, world.path(release)), release)


def test_a_lost_database_is_followed_by_the_same_fleet(tmp_path: Any) -> None:
    release = world.listed()
    client = tmp_path / "c"
    assert world.fetched(client, world.path(release))
    drill.sql("DELETE FROM ota_tufmetadata")
    repository.repository_maintain()
    assert world.is_genuine(world.fetched(client, world.path(release)), release)
