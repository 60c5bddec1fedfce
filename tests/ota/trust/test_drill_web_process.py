"""Somebody holds the web process: its settings, its database role, every function of the service.

What he does not hold are the volumes of the signer and the build worker. He may claim to be any
process, make keys of his own and sign with them, insert any row and any request, and have the build
worker build his model. Full agents; approvals are signatures, as the manual advises for production.
0 installs of anything unsigned, unapproved, old or meant for another device; afterwards one command
recovers, and the fleet follows.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from builds import keyring
from builds.choices import KeyRole
from builds.keyring import process as process_keys
from builds.signing import SigningError, file_signer, seal
from builds.signing.approve import APPROVAL_TYPE
from device_agent.protocol.instruction import (
    ArtifactStatement,
    parse_instruction,
    seal_instruction,
    seal_statement,
)
from fleet.lib import clock
from fleet.lib.errors import FleetError, Forbidden, Unavailable
from ota import models, services
from ota.engine.states import LIVE
from ota.models import Approval, Assignment, Release, SigningRequest, TufMetadata
from ota.releases import artifacts as release_artifacts
from ota.trust.admission import approval
from ota.trust.ceremony import acts as ceremony
from ota.trust.keys import key_store
from ota.trust.signer import (
    audit_checkpoint,
    dispatch,
    repair,
    repository,
)
from tests.agent_and_service import releases
from tests.agent_and_service.device import RealDevice, state_of
from tests.ota import makers
from tests.ota.trust import drill, world
from tests.ota.trust.test_people_sign_offline import Person
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


@dataclass
class Scene:
    """A production service whose device runs 2.0, and the intruder's own folder."""

    settings: Any
    device: RealDevice
    ann: Person
    first: Release
    second: Release
    own: Path

    @contextmanager
    def process(self, kind: str) -> Iterator[None]:
        """Inside the block, this is that process of production."""
        before = self.settings.EDGEFLEET_PROCESS
        self.settings.EDGEFLEET_PROCESS = kind
        yield
        self.settings.EDGEFLEET_PROCESS = before

    @contextmanager
    def intruder(self) -> Iterator[None]:
        """Inside the block, no rule of ours holds, and no volume of ours is there."""
        keys, self.settings.EDGEFLEET_KEY_DIR = self.settings.EDGEFLEET_KEY_DIR, self.own
        self.settings.EDGEFLEET_PRODUCTION = False
        with self.process("command"), suppress(FleetError, SigningError):
            yield
        self.settings.EDGEFLEET_KEY_DIR, self.settings.EDGEFLEET_PRODUCTION = keys, True

    def service_works(self) -> None:
        """Worker and signer do what rows ask for, and the device calls."""
        for _ in range(3):
            with self.process("worker"), suppress(FleetError):
                services.rollouts_tick()
            with self.process("signer"), suppress(FleetError, SigningError):
                repository.requests_sign()
                repository.repository_maintain()
            for rollout in models.Rollout.objects.all():
                with self.process("signer"), suppress(FleetError, SigningError):
                    dispatch.instructions_sign(rollout.pk)
            drill.visits(self.device, 1)

    def approved(self, release: Release) -> Release:
        said = approval.statement(release)
        envelope = seal(said, APPROVAL_TYPE, file_signer.load(self.ann.private))
        services.release_approve(by=SYSTEM, release=release, envelope=envelope)
        return release

    def runs(self, release: Release) -> bool:
        return drill.installed(self.device) <= {
            drill.sha256_of(self.first),
            drill.sha256_of(self.second),
        } and drill.runs(self.device) == drill.sha256_of(release)


def rolled_out(scene: Scene, release: Release, name: str) -> Assignment:
    group = makers.group([scene.device.row], f"{name} {Release.objects.count()}")
    made = makers.rollout(release, group)
    scene.service_works()
    return Assignment.objects.get(rollout=made)


@pytest.fixture
def scene(tmp_path: Path, settings: Any) -> Scene:
    device, first = drill.victim()
    ann = Person(tmp_path, "ann")
    settings.EDGEFLEET_TUF_OPEN_TARGETS = True
    call_command("keys", "add", "approvers", "--public", str(ann.public))
    second = releases.release("2.0")
    Release.objects.filter(pk=second.pk).update(counter=5)
    second.refresh_from_db()
    made = Scene(settings, device, ann, first, second, tmp_path / "his")
    made.approved(first)
    made.approved(second)
    settings.EDGEFLEET_PRODUCTION = True
    assert state_of(rolled_out(made, second, "second")) == "succeeded"
    assert made.runs(second)
    return made


def recovers(scene: Scene) -> None:
    """One command, and his rollouts are ended like any other; then the fleet follows again."""
    call_command("keys", "repair")
    ends(scene)
    third = scene.approved(counted(releases.release("9.0"), 5))
    assert state_of(rolled_out(scene, third, "third")) == "succeeded"
    assert drill.runs(scene.device) == drill.sha256_of(third)


def ends(scene: Scene) -> None:
    """His rollouts are aborted, and the device hears of it."""
    for rollout in models.Rollout.objects.filter(state__in=sorted(LIVE)):
        services.rollout_abort(by=SYSTEM, rollout=rollout, reason="not ours")
    scene.service_works()


def counted(release: Release, counter: int) -> Release:
    Release.objects.filter(pk=release.pk).update(counter=counter)
    release.refresh_from_db()
    return release


def his_model(scene: Scene) -> Release:
    """Uploaded, built and signed by the build worker, then released by rows alone."""
    version = releases.built(f"6.{Release.objects.count()}")
    release = Release.objects.create(
        version=version,
        state="published",
        published_at=clock.now(),
        counter=99,
        created_by="user:ann",
        created_label="ann",
    )
    for artifact in release_artifacts.candidates(version):
        release_artifacts.freeze(release, artifact)
    Approval.objects.create(release=release, by="user:ben", label="ben")
    return release


def approves_by_rows(scene: Scene) -> None:
    rolled_out(scene, his_model(scene), "his")


def approves_with_a_key_of_his_own(scene: Scene) -> None:
    release = his_model(scene)
    file_signer.create(scene.own / "approver.pem")
    own = file_signer.load(scene.own / "approver.pem")
    envelope = seal(approval.statement(release), APPROVAL_TYPE, own)
    Approval.objects.filter(release=release).update(envelope=envelope)
    rolled_out(scene, release, "his")


def repeats_an_approval_of_another_release(scene: Scene) -> None:
    release = his_model(scene)
    genuine = Approval.objects.filter(release=scene.second, envelope__isnull=False).first()
    assert genuine is not None
    Approval.objects.filter(release=release).update(envelope=genuine.envelope)
    rolled_out(scene, release, "his")


def says_that_it_was_signed(scene: Scene) -> None:
    """The request's row says so; the director is fooled, the repository lists nothing."""
    release = his_model(scene)
    SigningRequest.objects.create(release=release, kind="publish", state="signed")
    rolled_out(scene, release, "his")


def puts_other_bytes_into_an_approved_release(scene: Scene) -> None:
    release = scene.approved(counted(releases.release("3.0"), 5))
    row, evil = release.artifacts.get(), his_model(scene).artifacts.get()
    drill.sql(
        "UPDATE ota_releaseartifact SET artifact_id = %s, sha256 = %s, size_bytes = %s "
        "WHERE id = %s",
        evil.artifact_id,
        evil.sha256,
        evil.size_bytes,
        row.pk,
    )
    rolled_out(scene, release, "his")


def signs_everything_with_keys_of_his_own(scene: Scene) -> None:
    """He runs the whole signer over our database: metadata, keys, instructions, all well-formed."""
    release = his_model(scene)
    drill.without_triggers()
    with scene.intruder():
        drill.sql("DELETE FROM ota_tufmetadata")
        drill.sql("DELETE FROM builds_signingkey")
        drill.sql("UPDATE ota_signingrequest SET state = 'signed', reason = ''")
        repository.repository_maintain()
        made = makers.rollout(release, makers.group([scene.device.row], "his"))
        services.rollout_tick(made.pk)
    drill.visits(scene.device)
    scene.service_works()


def signs_an_instruction_with_a_key_of_his_own(scene: Scene) -> None:
    release = scene.approved(counted(releases.release("3.0"), 5))
    assignment = offered(scene, release)
    row = models.Instruction.objects.filter(assignment=assignment).latest("counter")
    told = parse_instruction(payload_of(row.envelope))
    with scene.intruder():
        director, artifacts = keyring_of_his_own(scene)
        statement = ArtifactStatement(
            drill.EVIL_SHA256, len(drill.EVIL), "bundle", "digits", "3.0", makers.TARGET
        )
        drill.put_evil()
        write(row.pk, seal_instruction(told, director))
        drill.sql(
            "UPDATE builds_artifact SET signature = %s WHERE id = %s",
            json.dumps(seal_statement(statement, artifacts)),
            release.artifacts.get().artifact_id,
        )
    drill.visits(scene.device)


def offers_an_old_release(scene: Scene) -> None:
    """Approved, listed, genuine, and older than what the device has run: counter 1 after 5."""
    drill.sql("UPDATE ota_slot SET counter = 900")
    rolled_out(scene, scene.first, "old")


def numbers_instructions_from_the_start(scene: Scene) -> None:
    drill.sql("UPDATE ota_slot SET counter = 0")
    drill.sql("UPDATE ota_instruction SET counter = counter + 1000")
    release = scene.approved(counted(releases.release("3.0"), 5))
    rolled_out(scene, release, "again")


def hands_out_what_is_another_devices(scene: Scene) -> None:
    release = scene.approved(counted(releases.release("3.0"), 5))
    (other,) = makers.devices(1, prefix="other")
    made = makers.rollout(release, makers.group([other], "other"))
    assignment = offered(scene, release)
    with scene.process("signer"):
        services.rollout_tick(made.pk)
    theirs = models.Instruction.objects.get(device=other)
    mine = models.Instruction.objects.filter(assignment=assignment).latest("counter")
    write(mine.pk, theirs.envelope)
    drill.visits(scene.device)


def offered(scene: Scene, release: Release) -> Assignment:
    made = makers.rollout(release, makers.group([scene.device.row], "mine"))
    with scene.process("signer"):
        services.rollout_tick(made.pk)
    found = Assignment.objects.get(rollout=made)
    assert found.state == "offered"
    return found


def payload_of(envelope: Any) -> bytes:
    import base64

    return base64.b64decode(envelope["payload"])


def write(pk: int, envelope: Any) -> None:
    drill.sql("UPDATE ota_instruction SET envelope = %s WHERE id = %s", json.dumps(envelope), pk)


def keyring_of_his_own(scene: Scene) -> list[Any]:
    found = []
    for role in ("director", "artifacts"):
        file_signer.create(scene.own / f"{role}.pem")
        found.append(file_signer.load(scene.own / f"{role}.pem"))
    return found


ROWS: list[Callable[[Scene], None]] = [
    approves_by_rows,
    approves_with_a_key_of_his_own,
    repeats_an_approval_of_another_release,
    says_that_it_was_signed,
    puts_other_bytes_into_an_approved_release,
]
ATTACKS: list[Callable[[Scene], None]] = [
    signs_everything_with_keys_of_his_own,
    signs_an_instruction_with_a_key_of_his_own,
    offers_an_old_release,
    numbers_instructions_from_the_start,
    hands_out_what_is_another_devices,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_installed_and_one_command_recovers(
    attack: Callable[[Scene], None], scene: Scene
) -> None:
    attack(scene)
    assert scene.runs(scene.second)
    recovers(scene)


def test_rows_alone_let_no_model_out(scene: Scene) -> None:
    """One after the other, against one device; what stands in its way is ended in between."""
    for attack in ROWS:
        attack(scene)
        assert scene.runs(scene.second), attack.__name__
        ends(scene)
    assert Assignment.objects.exclude(state="skipped").count() == 2 + len(ROWS), "each was tried"
    recovers(scene)


DOORS: dict[str, Callable[[], object]] = {
    **{f"the {role} key": (lambda role=role: keyring.signer(role)) for role in KeyRole},  # type: ignore[misc]
    "the key book": key_store.book,
    "requests": repository.repository_maintain,
    "the audit log's head": audit_checkpoint.checkpoint_sign,
    "repair": repair.repository_repair,
    "a ceremony": lambda: ceremony.key_rotate("director"),
}


def test_no_function_of_the_service_signs_for_the_web_process(settings: Any) -> None:
    world.listed()
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "web"
    before = TufMetadata.objects.count()
    for door, enter in DOORS.items():
        with pytest.raises(Forbidden, match="The web process never opens"):
            enter()
        assert TufMetadata.objects.count() == before, door


def test_who_claims_to_be_the_signer_has_still_no_key(settings: Any, tmp_path: Path) -> None:
    world.listed()
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_KEY_DIR = True, tmp_path / "his"
    for door, enter in DOORS.items():
        built = any(door == f"the {role} key" for role in process_keys.BUILT)
        settings.EDGEFLEET_PROCESS = "build" if built else "signer"
        with pytest.raises((Unavailable, SigningError)):
            enter()
    assert not list((tmp_path / "his").glob("**/*.pem"))
