"""Root and targets of three people, two of whom sign: files carried to machines without a database
and back.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.core.management import CommandError, call_command
from tuf.api.metadata import Metadata, Root

from builds import keyring
from builds.signing.keybook import KeyBook, Mark
from builds.signing.offline import main as sign_here
from ota.models import SigningRequest
from ota.trust import selectors
from ota.trust.keys import active_keys, key_store
from ota.trust.signer import repository
from ota.trust.tuf import published_metadata
from tests.ota.trust import world

pytestmark = pytest.mark.django_db


class Person:
    """Somebody with a key file on a machine of their own."""

    def __init__(self, folder: Path, name: str) -> None:
        key = Ed25519PrivateKey.generate()
        self.private, self.public = folder / f"{name}.pem", folder / f"{name}.pub"
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.private.write_bytes(pem)
        self.private.chmod(0o600)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.public.write_bytes(public)

    def sign(self, file: Path) -> int:
        return sign_here([str(file), "--key", f"file:{self.private}"])


@pytest.fixture
def people(tmp_path: Path, settings: Any) -> list[Person]:
    """A production service whose root and targets belong to Ann, Ben and Cat."""
    keyring.keys_ensure()
    settings.EDGEFLEET_PRODUCTION = True
    settings.EDGEFLEET_TUF_OPEN_TARGETS = True
    found = [Person(tmp_path, name) for name in ("ann", "ben", "cat")]
    named = [f"{role}={p.public}" for role in ("root", "targets") for p in found]
    call_command("keys", "init", *(word for each in named for word in ("--public", each)))
    return found


def carried(role: str, file: Path, *signers: Person) -> None:
    """Export, sign by these people, import."""
    call_command("keys", "export", role, str(file))
    for person in signers:
        assert person.sign(file) == 0
    call_command("keys", "import", str(file))


def test_two_of_three_make_the_root(people: list[Person], tmp_path: Path) -> None:
    with pytest.raises(Exception, match="needs more signatures"):
        selectors.root_bytes()
    carried("root", tmp_path / "root.json", *people[:2])
    assert selectors.root_bytes()


def test_one_of_three_is_refused(people: list[Person], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="needs more signatures"):
        carried("root", tmp_path / "root.json", people[0])
    assert people[0].sign(tmp_path / "root.json") == 0  # again: still one
    with pytest.raises(CommandError, match="needs more signatures"):
        call_command("keys", "import", str(tmp_path / "root.json"))


def test_a_stranger_does_not_count(people: list[Person], tmp_path: Path) -> None:
    stranger = Person(tmp_path, "eve")
    with pytest.raises(CommandError, match="needs more signatures"):
        carried("root", tmp_path / "root.json", people[0], stranger)


def test_a_new_model_waits_for_the_targets_holders(people: list[Person], tmp_path: Path) -> None:
    carried("root", tmp_path / "root.json", *people[:2])
    release = world.listed()
    asked = SigningRequest.objects.get()
    assert asked.state == "pending"
    assert "holders of the targets keys" in asked.reason
    carried("targets", tmp_path / "targets.json", people[1], people[2])
    asked.refresh_from_db()
    assert asked.state == "signed" or repository.requests_sign()
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)


def test_the_next_release_of_a_known_model_waits_for_nobody(
    people: list[Person], tmp_path: Path
) -> None:
    carried("root", tmp_path / "root.json", *people[:2])
    world.listed()
    carried("targets", tmp_path / "targets.json", *people[:2])
    repository.requests_sign()
    second = world.listed("2.0")
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(second)), second)


def test_a_root_holder_is_replaced_by_two_of_the_others(
    people: list[Person], tmp_path: Path
) -> None:
    carried("root", tmp_path / "root.json", *people[:2])
    old, dan = selectors.root_bytes(), Person(tmp_path, "dan")
    cat = world.keyid_of(people[2].public)
    call_command("keys", "rotate", "root", "--public", str(dan.public), "--keyid", cat)
    assert selectors.root_bytes() == old
    carried("root", tmp_path / "root2.json", people[0], people[1])
    release = world.listed()
    carried("targets", tmp_path / "targets.json", *people[:2])
    repository.requests_sign()
    got = world.fetched(tmp_path / "c", world.path(release), root=old)
    assert world.is_genuine(got, release)


def test_signing_needs_no_database(people: list[Person], tmp_path: Path) -> None:
    file = tmp_path / "root.json"
    call_command("keys", "export", "root", str(file))
    environment = {
        "PATH": os.environ["PATH"],
        "EDGEFLEET_VAR": str(tmp_path / "elsewhere"),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    }
    key = f"file:{people[0].private}"
    done = subprocess.run(
        [sys.executable, "manage.py", "keys", "sign", str(file), "--key", key],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "root version 1" in done.stdout
    assert "2 of 3" in done.stdout


def test_what_is_not_metadata_is_refused(tmp_path: Path, capsys: Any) -> None:
    person = Person(tmp_path, "ann")
    (tmp_path / "x.json").write_text("{}")
    assert person.sign(tmp_path / "x.json") == 1
    assert "is not TUF metadata" in capsys.readouterr().err


def test_a_new_director_signs_when_the_targets_holders_have_told_the_devices(
    people: list[Person], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    carried("root", tmp_path / "root.json", *people[:2])
    carried("targets", tmp_path / "targets.json", *people[:2])
    before = keyring.public_keys()["director"]["keyid"]
    capsys.readouterr()
    call_command("keys", "rotate", "director")
    assert "keys export targets" in capsys.readouterr().out
    assert active_keys.director(key_store.book()).public_key.keyid == before
    carried("targets", tmp_path / "next.json", *people[1:])
    after = active_keys.director(key_store.book()).public_key.keyid
    assert after != before
    assert keyring.public_keys()["director"]["keyid"] == after


def test_targets_need_two_of_three_by_default(people: list[Person], tmp_path: Path) -> None:
    carried("root", tmp_path / "root.json", *people[:2])
    with pytest.raises(CommandError, match="needs more signatures"):
        carried("targets", tmp_path / "targets.json", people[0])
    root = Metadata[Root].from_bytes(selectors.root_bytes()).signed
    assert {name: root.roles[name].threshold for name in ("root", "targets")} == {
        "root": 2,
        "targets": 2,
    }
    assert len(root.roles["targets"].keyids) == 3


@pytest.mark.parametrize("role", ["root", "targets"])
def test_a_signer_killed_before_its_mark_asks_nobody_to_sign_again(
    people: list[Person], tmp_path: Path, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried("root", tmp_path / "root.json", *people[:2])
    release = world.published()
    repository.requests_sign()
    mark_set = KeyBook.mark_set

    def killed(book: KeyBook, marks: Mapping[str, Mark]) -> None:
        if role in marks:
            raise KeyboardInterrupt
        mark_set(book, marks)

    if role == "root":
        call_command("keys", "threshold", "snapshot", "1")
        call_command("keys", "rotate", "snapshot")
    monkeypatch.setattr(KeyBook, "mark_set", killed)
    with pytest.raises(KeyboardInterrupt):
        carried(role, tmp_path / "next.json", *people[1:])
    monkeypatch.setattr(KeyBook, "mark_set", mark_set)
    if role == "root":
        carried("targets", tmp_path / "targets.json", *people[:2])
    repository.repository_maintain()
    repository.requests_sign()
    assert SigningRequest.objects.get().state == "signed"
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)
    assert KeyBook(key_store.folder()).mark(role).version == published_metadata.highest(role)
    assert repository.repository_maintain() == []
