"""Somebody has stolen the timestamp and snapshot keys, and writes into the repository: nothing that
targets did not sign is installed, and a rotation brings the fleet back.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, TargetFile, Targets

from builds.signing import file_signer
from builds.signing.keybook import Entry, KeyBook
from builds.signing.offline import add_signature
from fleet.lib import clock
from ota.models import TufMetadata
from ota.trust.keys import key_store
from ota.trust.tuf import published_metadata, role_metadata
from tests.ota.trust import drill, world

pytestmark = pytest.mark.django_db
FAR = 2**40  # a version that nobody would reach by himself


class Thief:
    """Signs snapshots and timestamps as the service would."""

    def __init__(self) -> None:
        book = KeyBook(key_store.folder())
        self.keys: dict[str, Entry] = {e.role: e for e in book.entries()}
        self.expires = (clock.now() + timedelta(days=300)).replace(microsecond=0)

    def put(self, role: str, metadata: Metadata[Any]) -> bytes:
        if role in ("snapshot", "timestamp"):
            add_signature(metadata, self.keys[role].open())
        raw = metadata.to_bytes()
        published_metadata.add(role, metadata, raw, now=clock.now())
        return raw

    def point_to(self, versions: dict[str, int], number: int) -> None:
        """A snapshot of these, and a timestamp of it."""
        made = role_metadata.snapshot(versions, version=number, expires=self.expires)
        raw = self.put("snapshot", made)
        self.put(
            "timestamp",
            role_metadata.timestamp(number, raw, version=number, expires=self.expires),
        )


def versions() -> dict[str, int]:
    rows = {role: published_metadata.latest(role) for role in ("targets", "model-digits")}
    return {role: row.version for role, row in rows.items() if row}


def test_a_file_of_their_own_is_refused(tmp_path: Path) -> None:
    release = world.listed()
    assert world.fetched(tmp_path / "c", world.path(release))
    thief, drill_sha = Thief(), drill.put_evil()
    file_signer.create(tmp_path / "own.pem")
    evil = TargetFile(len(drill.EVIL), {"sha256": drill_sha}, world.path(release))
    forged = Metadata(Targets(version=FAR, expires=thief.expires, targets={evil.path: evil}))
    forged.sign(file_signer.load(tmp_path / "own.pem"))
    thief.put("model-digits", forged)
    thief.point_to({**versions(), "model-digits": FAR}, FAR)
    with pytest.raises(RepositoryError, match="0/1 keys"):
        world.fetched(tmp_path / "c", world.path(release))
    with pytest.raises(RepositoryError):
        world.fetched(tmp_path / "new", world.path(release))


def test_an_older_list_is_refused(tmp_path: Path) -> None:
    world.listed("1.0")
    old = versions()
    second = world.listed("2.0")
    assert world.fetched(tmp_path / "c", world.path(second))
    Thief().point_to(old, FAR)
    with pytest.raises(RepositoryError, match=r"Expected model-digits\.json version"):
        world.fetched(tmp_path / "c", world.path(second))


def test_after_a_fast_forward_a_rotation_brings_the_fleet_back(tmp_path: Path) -> None:
    release = world.listed()
    Thief().point_to(versions(), FAR)
    assert world.fetched(tmp_path / "c", world.path(release))  # it is genuine, and far ahead
    drill.sql("DELETE FROM ota_tufmetadata WHERE version >= %s", FAR)  # it was on a mirror
    with pytest.raises(RepositoryError, match="1099511627776"):
        world.fetched(tmp_path / "c", world.path(release))
    call_command("keys", "rotate", "snapshot")
    call_command("keys", "rotate", "timestamp")
    newest = TufMetadata.objects.filter(role="timestamp").latest("version")
    assert newest.version < FAR
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)


def test_what_they_wrote_into_the_database_is_taken_out(tmp_path: Path) -> None:
    release = world.listed()
    Thief().point_to(versions(), FAR)
    call_command("keys", "repair")
    assert not TufMetadata.objects.filter(version=FAR).exists()
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)


def test_what_they_sign_after_the_rotation_counts_for_nothing(tmp_path: Path) -> None:
    release = world.listed()
    thief = Thief()
    call_command("keys", "rotate", "snapshot")
    call_command("keys", "rotate", "timestamp")
    assert world.fetched(tmp_path / "c", world.path(release))
    thief.point_to(versions(), FAR)
    with pytest.raises(RepositoryError):
        world.fetched(tmp_path / "c", world.path(release))
