"""Somebody has stolen the director's key, or the builder's: one command, and the fleet follows.

Full agents against the real service; the thief signs as the service would.
"""

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command
from django.test import Client

from builds import keyring
from builds.signing import file_signer
from device_agent.identity.keys import load_enrolment
from device_agent.protocol import keyset
from device_agent.protocol.instruction import (
    ArtifactName,
    ArtifactStatement,
    Instruction,
    seal_instruction,
    seal_statement,
)
from fleet.lib import clock
from fleet.lib.hashing import sha256_hex
from ota import models
from ota.models import Assignment, ReleaseArtifact
from ota.trust.keys import active_keys, key_store
from tests.agent_and_service import releases
from tests.agent_and_service.device import RealDevice, enrolled, offer, state_of, update
from tests.ota import makers
from tests.ota.trust import drill, world

pytestmark = pytest.mark.django_db


def stolen(settings: Any, role: str) -> Any:
    """A copy of the key, as it was before the rotation."""
    return file_signer.load(settings.EDGEFLEET_KEY_DIR / f"{role}.pem")


def told_of(assignment: Assignment, path: str) -> Instruction:
    """What a thief would like the device to run."""
    now = int(clock.now().timestamp())
    return Instruction(
        device=assignment.device.controller_id,
        assignment=assignment.public_id,
        component="model",
        release=assignment.release.public_id,
        model="digits",
        version="6.6",
        artifact=ArtifactName("model.bundle", drill.EVIL_SHA256, len(drill.EVIL)),
        counter=99,
        target=makers.TARGET,
        abi="ef1",
        issued_at=now,
        expires_at=now + 86_400,
        nonce="mine",
        tuf_path=path,
    )


def write(assignment: Assignment, told: Instruction, director: Any) -> None:
    newest = models.Instruction.objects.filter(assignment=assignment).latest("counter")
    drill.sql(
        "UPDATE ota_instruction SET envelope = %s WHERE id = %s",
        json.dumps(seal_instruction(told, director)),
        newest.pk,
    )


def swap(row: ReleaseArtifact, artifacts: Any) -> None:
    """The attacker's bundle in the release's place, signed with the builder's stolen key."""
    drill.put_evil()
    stated = ArtifactStatement(
        drill.EVIL_SHA256, len(drill.EVIL), "bundle", "digits", "6.6", makers.TARGET
    )
    drill.sql(
        "UPDATE builds_artifact SET signature = %s WHERE id = %s",
        json.dumps(seal_statement(stated, artifacts)),
        row.artifact_id,
    )
    drill.sql(
        "UPDATE ota_releaseartifact SET sha256 = %s, size_bytes = %s WHERE id = %s",
        drill.EVIL_SHA256,
        len(drill.EVIL),
        row.pk,
    )


def follows(device: RealDevice, label: str) -> None:
    """The service goes on with its new keys, and the device with it."""
    release = releases.release(label)
    assignment = offer(device, release, label)
    drill.visits(device)
    assert state_of(assignment) == "succeeded"
    assert drill.runs(device) == drill.sha256_of(release)


@pytest.mark.parametrize("rotated", [False, True])
def test_a_stolen_directors_key_installs_nothing(rotated: bool, settings: Any) -> None:
    device, first = drill.victim()
    thief = stolen(settings, "director")
    if rotated:
        call_command("keys", "rotate", "director")
    second = releases.release("2.0")
    assignment = offer(device, second, "second")
    path = world.path(second)
    for told in (
        told_of(assignment, path),
        replace(told_of(assignment, path), version="2.0"),
        told_of(assignment, "digits/6.6/linux-x86_64/model.bundle"),
    ):
        write(assignment, told, thief)
        drill.visits(device, 1)
    assert drill.installed(device) == {drill.sha256_of(first)}
    follows(device, "3.0")


def test_both_keys_stolen_install_nothing_that_the_repository_does_not_list(settings: Any) -> None:
    device, first = drill.victim()
    director, artifacts = stolen(settings, "director"), stolen(settings, "artifacts")
    second = releases.release("2.0")
    assignment = offer(device, second, "second")
    swap(second.artifacts.get(), artifacts)
    write(assignment, told_of(assignment, world.path(second)), director)
    drill.visits(device)
    assert drill.installed(device) == {drill.sha256_of(first)}


def test_after_the_rotation_the_old_director_cannot_even_repeat_what_is_genuine(
    settings: Any,
) -> None:
    """Without a rotation he could: choose among releases that are approved and listed."""
    device, first = drill.victim()
    thief = stolen(settings, "director")
    second = releases.release("2.0")
    assignment = offer(device, second, "second")
    call_command("keys", "rotate", "director")
    row = second.artifacts.get()
    genuine = replace(
        told_of(assignment, world.path(second)),
        version="2.0",
        artifact=ArtifactName(row.filename, row.sha256, row.size_bytes),
    )
    write(assignment, genuine, thief)
    drill.visits(device)
    assert state_of(assignment) == "failed"
    assert drill.installed(device) == {drill.sha256_of(first)}
    follows(device, "3.0")


def test_a_fleet_follows_also_who_slept_through_several_rotations() -> None:
    device, _ = drill.victim()
    for role in ("director", "artifacts", "director", "artifacts", "root", "targets"):
        call_command("keys", "rotate", role)
    follows(device, "2.0")
    held = load_enrolment(device.storage)
    assert list(held.director) == [keyring.public_keys()["director"]["keyid"]]
    assert len(held.artifacts) == 3, "what the replaced ones signed still installs"


def test_what_was_offered_before_the_rotation_is_signed_anew() -> None:
    device, _ = drill.victim()
    second = releases.release("2.0")
    assignment = offer(device, second, "second")
    call_command("keys", "rotate", "director")
    counters = list(assignment.instructions.order_by("counter").values_list("counter", flat=True))
    assert counters == [2, 3]
    drill.visits(device, 1)
    assert state_of(assignment) == "succeeded"


def test_who_is_just_reading_when_the_key_changes_reads_again() -> None:
    """The instruction was fetched before the rotation, the repository after it."""
    device, _ = drill.victim()
    assignment = offer(device, releases.release("2.0"), "second")
    rotations = iter(["director"])

    def bend(request: Any, answer: Any) -> None:
        if "/instruction/" in request.url and (role := next(rotations, None)):
            call_command("keys", "rotate", role)

    drill.bent(device).bend = bend
    update(device.boot())
    assert state_of(assignment) == "succeeded"


def test_a_revoked_artifact_key_takes_its_files_out_of_the_repository(tmp_path: Any) -> None:
    device, first = drill.victim()
    old = keyring.public_keys()["artifacts"]["keyid"]
    call_command("keys", "rotate", "artifacts")
    assert old in [key.keyid for key in active_keys.artifact_keys(key_store.book())]
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(first)), first)
    call_command("keys", "revoke", old)
    assert old not in [key.keyid for key in active_keys.artifact_keys(key_store.book())]
    assert world.fetched(tmp_path / "c", world.path(first)) is None
    follows(device, "2.0")
    assert old not in load_enrolment(device.storage).artifacts


def test_the_set_is_a_file_of_the_repository(tmp_path: Any) -> None:
    release = world.listed()
    data = world.fetched(tmp_path / "c", keyset.PATH)
    assert data is not None
    keys = keyset.parse_key_set(json.loads(data))
    assert list(keys.director) == [keyring.public_keys()["director"]["keyid"]]
    call_command("keys", "rotate", "director")
    newer = world.fetched(tmp_path / "c", keyset.PATH)
    assert newer is not None
    assert keyset.parse_key_set(json.loads(newer)).version > keys.version
    old = f"/tuf/targets/_keys/{sha256_hex(data)}.devices.json"
    assert Client().get(old).status_code == 404
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)


def test_the_last_key_of_a_role_is_replaced_and_not_revoked() -> None:
    world.listed()
    keyid = keyring.public_keys()["director"]["keyid"]
    with pytest.raises(CommandError, match="director would have 0 keys"):
        call_command("keys", "revoke", keyid)


def test_a_device_of_before_follows(settings: Any) -> None:
    """Enrolled when the repository named no keys: the pins of the enrolment are replaced."""
    device = enrolled()
    assert load_enrolment(device.storage).keys_version == 0
    call_command("keys", "rotate", "director")
    call_command("keys", "rotate", "artifacts", "--revoke")
    follows(device, "1.0")
    assert load_enrolment(device.storage).keys_version > 0


def test_a_director_that_devices_cannot_read_is_refused(tmp_path: Any) -> None:
    world.listed()
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048).public_key()
    path = tmp_path / "rsa.pub"
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(CommandError, match="Devices cannot read this key of director"):
        call_command("keys", "rotate", "director", "--public", str(path))
