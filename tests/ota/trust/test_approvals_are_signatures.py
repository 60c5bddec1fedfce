"""Where the key book names approvers, their signatures count, and rows of the database do not."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from builds.signing import file_signer, seal
from builds.signing.approve import APPROVAL_TYPE
from builds.signing.approve import main as sign_elsewhere
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.errors import Conflict, Refused
from ota import services
from ota.models import Approval, Release, SigningRequest
from ota.trust.admission import approval
from ota.trust.checks import approvals_are_signed, require_own_keys
from ota.trust.keys import key_store
from ota.trust.signer import repository
from tests.ota import makers
from tests.ota.trust import drill, world
from tests.ota.trust.test_people_sign_offline import Person
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(tmp_path: Path) -> list[Person]:
    """Ann, Ben and Cat; two of them have to sign every release."""
    found = [Person(tmp_path, name) for name in ("ann", "ben", "cat")]
    for person in found:
        call_command("keys", "add", "approvers", "--public", str(person.public))
    call_command("keys", "threshold", "approvers", "2")
    return found


def actor(name: str) -> Actor:
    return Actor(ActorKind.USER, name, name)


def draft(label: str = "1.0") -> Release:
    return services.release_create(by=SYSTEM, version=makers.version(label))


def envelope(release: Release, person: Person, payload: bytes | None = None) -> dict[str, Any]:
    signer = file_signer.load(person.private)
    return seal(payload or approval.statement(release), APPROVAL_TYPE, signer)


def approve(release: Release, *signers: Person) -> None:
    for person in signers:
        by = actor(person.private.stem)
        services.release_approve(by=by, release=release, envelope=envelope(release, person))


def asked(release: Release) -> SigningRequest:
    services.release_publish(by=SYSTEM, release=release)
    repository.requests_sign()
    return SigningRequest.objects.filter(release=release).latest("pk")


def test_two_signatures_let_it_out(people: list[Person], tmp_path: Path) -> None:
    release = draft()
    approve(release, *people[:2])
    assert asked(release).state == "signed"
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)


def test_one_is_not_enough(people: list[Person]) -> None:
    release = draft()
    approve(release, people[0])
    found = asked(release)
    assert (found.state, found.reason) == ("refused", "1 of 2 approvers have signed it")
    approve(release, people[2])
    repository.requests_sign()
    assert SigningRequest.objects.filter(release=release).latest("pk").state == "signed"


def test_the_same_key_twice_counts_once(people: list[Person]) -> None:
    release = draft()
    for name in ("ann", "another account of ann"):
        services.release_approve(
            by=actor(name), release=release, envelope=envelope(release, people[0])
        )
    assert "1 of 2" in asked(release).reason


def test_rows_and_strangers_do_not_count(people: list[Person], tmp_path: Path) -> None:
    release = draft()
    approve(release, people[0], Person(tmp_path, "eve"))
    Approval.objects.create(release=release, by="user:ben", label="ben")
    assert "1 of 2" in asked(release).reason


def test_a_signature_is_for_these_bytes_only(people: list[Person], tmp_path: Path) -> None:
    release, other = draft("1.0"), draft("2.0")
    stolen = envelope(release, people[0])
    with pytest.raises(Refused, match="over something other than this release"):
        services.release_approve(by=actor("ann"), release=other, envelope=stolen)
    approve(release, *people[:2])
    services.release_publish(by=SYSTEM, release=release)
    drill.sql(
        "UPDATE ota_release SET counter = 7 WHERE id = %s", release.pk
    )  # who holds the database changes what was approved
    repository.requests_sign()
    assert "0 of 2" in SigningRequest.objects.get(release=release).reason
    assert world.fetched(tmp_path / "c", world.path(release)) is None


def test_who_flips_the_request_by_hand_lists_nothing(people: list[Person], tmp_path: Path) -> None:
    release = draft()
    approve(release, people[0])
    assert asked(release).state == "refused"
    drill.sql("UPDATE ota_signingrequest SET state = 'signed'")
    call_command("keys", "rotate", "models")
    repository.repository_maintain()
    assert world.fetched(tmp_path / "c", world.path(release)) is None


def test_a_revoked_approver_counts_no_more_and_a_replaced_one_still_does(
    people: list[Person], tmp_path: Path
) -> None:
    release = draft()
    approve(release, *people[:2])
    assert asked(release).state == "signed"
    ann, ben = (world.keyid_of(p.public) for p in people[:2])
    dan = Person(tmp_path, "dan")
    call_command("keys", "rotate", "approvers", "--public", str(dan.public), "--keyid", ann)
    call_command("keys", "rotate", "models")
    assert world.fetched(tmp_path / "c", world.path(release)) is not None
    call_command("keys", "revoke", ben)
    call_command("keys", "rotate", "models")
    assert world.fetched(tmp_path / "c", world.path(release)) is None


def test_what_left_before_there_were_approvers_is_signed_later(tmp_path: Path) -> None:
    release = world.listed()
    ann = Person(tmp_path, "ann")
    call_command("keys", "add", "approvers", "--public", str(ann.public))
    call_command("keys", "rotate", "models")
    assert world.fetched(tmp_path / "c", world.path(release)) is None
    approve(release, ann)
    call_command("keys", "rotate", "models")
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)


def test_nobody_approves_twice_but_may_add_a_signature(people: list[Person]) -> None:
    release = draft()
    services.release_approve(by=actor("ann"), release=release)
    services.release_approve(
        by=actor("ann"), release=release, envelope=envelope(release, people[0])
    )
    with pytest.raises(Conflict, match="approved this release already"):
        services.release_approve(by=actor("ann"), release=release)
    assert Approval.objects.get().envelope is not None


@pytest.mark.parametrize("wrong", [{}, {"payload": "x"}, {"payloadType": 1}, {"signatures": {}}])
def test_what_is_no_envelope_is_refused(wrong: Any) -> None:
    with pytest.raises(Refused, match="The signature is not an approval"):
        services.release_approve(by=SYSTEM, release=draft(), envelope=wrong)


def test_it_is_signed_where_the_key_is(people: list[Person], tmp_path: Path) -> None:
    release = draft()
    (tmp_path / "statement.json").write_bytes(approval.statement(release))
    words = ["--key", f"file:{people[0].private}", "--out", str(tmp_path / "signed.json")]
    assert sign_elsewhere([str(tmp_path / "statement.json"), *words]) == 0
    made = json.loads((tmp_path / "signed.json").read_text())
    services.release_approve(by=actor("ann"), release=release, envelope=made)
    (tmp_path / "other.json").write_text("[]")
    assert sign_elsewhere([str(tmp_path / "other.json"), *words]) == 1


def test_a_threshold_needs_its_holders(people: list[Person]) -> None:
    with pytest.raises(CommandError, match="approvers would have 3 keys, and needs 4"):
        call_command("keys", "threshold", "approvers", "4")


@pytest.mark.parametrize(("process", "told"), [("signer", 1), ("command", 1), ("web", 0)])
def test_production_without_approvers_is_told_so_where_the_book_lies(
    process: str, told: int, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    key_store.book()
    assert approvals_are_signed() == []
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, process
    assert [message.id for message in approvals_are_signed()] == ["ota.W004"] * told
    if process == "signer":
        for file in settings.EDGEFLEET_KEY_DIR.glob("[abf]*.pem"):
            file.unlink()  # the build worker's
        require_own_keys()
        assert "approvals are unsigned database rows" in caplog.text


def test_with_approvers_there_is_nothing_to_tell(people: list[Person], settings: Any) -> None:
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "signer"
    assert approvals_are_signed() == []
