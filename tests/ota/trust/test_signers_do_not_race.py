"""Any number of signers, in any order of acts: one chain of versions, and no client is lost."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from builds.signing.keybook import KeyBook
from fleet.lib.errors import Unavailable
from ota import services
from ota.choices import RequestKind
from ota.models import Release, SigningRequest, TufMetadata
from ota.trust.ceremony.acts import key_add
from ota.trust.keys import key_store
from ota.trust.signer import repository, signing_request
from ota.trust.signer.audit_checkpoint import checkpoint_sign
from ota.trust.tuf import published_metadata
from ota.trust.tuf.roles import REPOSITORY, SERVICE
from registry import blobs
from tests.ota.trust import drill, world
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


def test_who_finds_another_signing_leaves_it_to_him() -> None:
    world.listed()
    world.published("2.0")
    with key_store.book().locked():
        assert repository.requests_sign() == []
    assert SigningRequest.objects.filter(state="pending").count() == 1
    assert "model-digits" in repository.requests_sign()


def test_of_two_processes_that_start_at_once_one_takes_up_the_services_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = KeyBook(key_store.folder())
    book.add(*(key_store.file_entry(role) for role in REPOSITORY))

    class Overtaken(KeyBook):
        """Its lock is free only when the other process has done the same."""

        @contextmanager
        def locked(self) -> Iterator[None]:
            monkeypatch.setattr(key_store, "KeyBook", KeyBook)
            key_store.book()
            with super().locked():
                yield

    monkeypatch.setattr(key_store, "KeyBook", Overtaken)
    key_store.book()
    assert sorted(e.role for e in book.entries() if e.role in SERVICE) == sorted(SERVICE)


def test_who_finds_another_at_the_keys_signs_no_head_and_leaves_a_ceremony_to_later() -> None:
    world.listed()
    with key_store.book().locked():
        assert checkpoint_sign() is None
        with pytest.raises(Unavailable, match="Another process"):
            key_add("timestamp")
    assert checkpoint_sign() is not None
    assert checkpoint_sign() is None


def test_the_same_version_is_published_once() -> None:
    world.listed()
    row = published_metadata.latest("timestamp")
    assert row is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        TufMetadata.objects.create(
            role=row.role, version=row.version, blob_id=row.blob_id, expires_at=row.expires_at
        )


def test_asking_twice_is_asking_once() -> None:
    release = world.published()
    first = SigningRequest.objects.get()
    assert signing_request.request_signature(release, RequestKind.PUBLISH) == first


def test_more_requests_than_the_hour_allows_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ota.trust.admission.rules.RATE_PER_HOUR", 1)
    world.published("1.0")
    world.published("2.0")
    repository.requests_sign()
    repository.requests_sign()
    states = sorted(SigningRequest.objects.values_list("state", flat=True))
    assert states == ["pending", "signed"]


def test_on_a_machine_without_the_book_the_tick_waits(settings: Any) -> None:
    release = world.published()
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "worker"
    assert not signing_request.release_listed(release)
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = False, "signer"
    assert signing_request.release_listed(release)


class Walk:
    """Acts in a random order, and what must hold after each of them."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.dice, self.folder = random.Random(seed), folder
        self.listed: list[Release] = [world.listed("1.0")]
        self.gone: list[Release] = []

    def publish(self) -> None:
        self.listed.append(world.listed(f"{len(self.listed) + len(self.gone) + 1}.0"))

    def revoke(self) -> None:
        if len(self.listed) > 1:
            self.gone.append(self.listed.pop())
            services.release_revoke(by=SYSTEM, release=self.gone[-1])
            repository.requests_sign()

    def rotate(self) -> None:
        role = self.dice.choice(["root", "targets", "models", "snapshot", "timestamp"])
        call_command("keys", "rotate", role)

    def lose(self) -> None:
        """The database comes back from an older backup."""
        drill.sql("DELETE FROM ota_tufmetadata WHERE role IN ('timestamp', 'snapshot')")
        repository.repository_maintain()

    def damage(self) -> None:
        row = published_metadata.latest(self.dice.choice(["targets", "model-digits"]))
        assert row is not None
        drill.overwrite(row.blob_id, blobs.read(row.blob_id)[:-2])
        call_command("keys", "repair")

    def holds(self) -> None:
        for release in self.listed:
            assert world.is_genuine(world.fetched(self.folder, world.path(release)), release)
        for release in self.gone:
            assert world.fetched(self.folder, world.path(release)) is None


@pytest.mark.parametrize("seed", range(4))
def test_one_client_follows_any_history(seed: int, tmp_path: Path) -> None:
    walk = Walk(seed, tmp_path / "c")
    for _ in range(8):
        walk.dice.choice([walk.publish, walk.revoke, walk.rotate, walk.lose, walk.damage])()
        walk.holds()


def test_nobody_waits_for_the_audit_log_while_the_signer_signs() -> None:
    world.listed()
    world.published("2.0")
    with CaptureQueriesContext(connection) as seen:
        assert "model-digits" in repository.requests_sign()
    words = [query["sql"] for query in seen.captured_queries]
    signed_at = [at for at, sql in enumerate(words) if 'INTO "ota_tufmetadata"' in sql]
    entries_at = [at for at, sql in enumerate(words) if 'INTO "access_auditentry"' in sql]
    assert len(entries_at) == 1
    assert max(signed_at) < min(entries_at)
