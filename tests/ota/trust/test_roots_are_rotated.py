"""Key rotation as people do it, and clients that embed the very first root follow."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from tuf.api.metadata import Metadata, Root

from builds.signing.keybook import KeyBook
from fleet.access.models import AuditEntry
from fleet.lib.errors import Unavailable
from ota.trust import selectors
from ota.trust.keys import key_store
from ota.trust.signer import repository
from ota.trust.tuf.roles import APPROVERS, KEY_ROLES
from tests.ota.trust import world

pytestmark = pytest.mark.django_db


def keys(*words: str) -> None:
    call_command("keys", *words)


def root() -> Root:
    return Metadata[Root].from_bytes(selectors.root_bytes()).signed


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    keys(*words)
    return capsys.readouterr().out


@pytest.mark.parametrize("role", [role for role in KEY_ROLES if role != APPROVERS])
def test_a_client_with_the_old_root_follows(role: str, tmp_path: Path) -> None:
    release, path = world.listed(), tmp_path / "c"
    assert world.is_genuine(world.fetched(path, world.path(release)), release)
    keys("rotate", role)
    second = world.listed("2.0")
    assert world.is_genuine(world.fetched(path, world.path(second)), second)
    assert world.is_genuine(world.fetched(path, world.path(release)), release)


def test_a_client_that_slept_through_three_rotations_follows(tmp_path: Path) -> None:
    first = world.listed()
    assert world.fetched(tmp_path / "c", world.path(first))
    for role in ("root", "root", "timestamp", "root"):
        keys("rotate", role)
    assert root().version == 5
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(first)), first)


def test_the_old_key_is_out() -> None:
    world.listed()
    (before,) = root().roles["timestamp"].keyids
    keys("rotate", "timestamp")
    (after,) = root().roles["timestamp"].keyids
    assert before != after
    assert before not in root().keys


def test_the_audit_log_has_the_act() -> None:
    keys("init")
    keys("rotate", "snapshot")
    acts = AuditEntry.objects.values_list("action", flat=True)
    assert {"ota.keys_init", "ota.keys_rotate"} <= set(acts)


def test_a_second_key_is_added_and_the_first_revoked() -> None:
    keys("init")
    (first,) = root().roles["snapshot"].keyids
    with pytest.raises(CommandError, match="would have 0 keys, and needs 1"):
        keys("revoke", first)
    keys("add", "snapshot")
    assert len(root().roles["snapshot"].keyids) == 2
    keys("revoke", first)
    assert first not in root().roles["snapshot"].keyids


def test_there_is_one_first_ceremony() -> None:
    keys("init")
    with pytest.raises(CommandError, match="key book already"):
        keys("init")


def test_unknown_keys_and_roles_are_refused() -> None:
    keys("init")
    with pytest.raises(CommandError, match="no active key"):
        keys("revoke", "nobody")
    with pytest.raises(CommandError, match="no such key"):
        keys("rotate", "strangers")


def test_status_says_who_signs_and_until_when(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no repository keys yet" in told(capsys, "status")
    world.listed()
    said = told(capsys, "status")
    assert "root: 1 of 1" in said
    assert "model-digits" in said
    assert "100% left" in said or "99% left" in said


def test_production_makes_no_key_by_itself(settings: Any) -> None:
    settings.EDGEFLEET_PRODUCTION = True
    with pytest.raises(CommandError, match="give three of them"):
        keys("init")
    with pytest.raises(Unavailable, match="no repository keys"):
        repository.repository_maintain()
    assert not KeyBook(key_store.folder()).exists()
