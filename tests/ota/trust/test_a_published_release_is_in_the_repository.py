"""What is published is signed by a worker and found by python-tuf's own client."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from tuf.api.metadata import Metadata, Targets
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher

from device_agent.protocol import keyset
from fleet.lib.hashing import sha256_hex
from ota import services
from ota.models import SigningRequest, TufMetadata
from ota.trust import selectors
from ota.trust.signer import repository
from tests.ota.trust import world
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


def test_a_client_downloads_and_verifies_what_was_published(tmp_path: Path) -> None:
    release = world.listed()
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)


@pytest.mark.django_db(transaction=True)
def test_the_same_over_real_http(tmp_path: Path, live_server: LiveServer) -> None:
    release = world.listed()
    base, fetcher = f"{live_server.url}/tuf/", Urllib3Fetcher()
    got = world.fetched(tmp_path / "c", world.path(release), base=base, fetcher=fetcher)
    assert world.is_genuine(got, release)


def test_publishing_itself_signs_nothing() -> None:
    release = world.published()
    assert SigningRequest.objects.get(release=release).state == "pending"
    assert not TufMetadata.objects.exists()


def test_the_entry_says_what_a_device_has_to_compare(tmp_path: Path) -> None:
    release = world.listed()
    found = world.updater(tmp_path).get_targetinfo(world.path(release))
    assert found is not None
    assert found.custom == {
        "abi": "ef1",
        "counter": release.counter,
        "kind": "bundle",
        "model": "digits",
        "release": release.public_id,
        "target": "linux-x86_64",
        "version": "1.0",
    }


def test_each_model_has_a_role_of_its_own_for_its_own_paths() -> None:
    world.listed()
    row = TufMetadata.objects.filter(role="targets").latest("version")
    top = Metadata[Targets].from_bytes(selectors.metadata(f"{row.version}.targets.json")[1])
    assert top.signed.delegations is not None
    role = (top.signed.delegations.roles or {})["model-digits"]
    assert role.terminating
    assert role.is_delegated_path("digits/1.0/linux-x86_64/file")
    assert not role.is_delegated_path("other/1.0/linux-x86_64/file")
    assert list(top.signed.targets) == [keyset.PATH]


def test_a_second_release_joins_the_first(tmp_path: Path) -> None:
    first, second = world.listed("1.0"), world.listed("1.1")
    client = tmp_path / "c"
    assert world.is_genuine(world.fetched(client, world.path(first)), first)
    assert world.is_genuine(world.fetched(client, world.path(second)), second)


def test_a_revoked_release_is_gone(tmp_path: Path) -> None:
    release = world.listed()
    path = world.path(release)
    assert world.fetched(tmp_path / "c", path) is not None
    services.release_revoke(by=SYSTEM, release=release)
    repository.requests_sign()
    assert world.fetched(tmp_path / "c", path) is None
    assert Client().get(f"/tuf/targets/{path}").status_code == 404


def test_signing_again_signs_nothing_new() -> None:
    world.listed()
    before = TufMetadata.objects.count()
    assert repository.requests_sign() == []
    assert repository.repository_maintain() == []
    assert TufMetadata.objects.count() == before


def test_files_may_be_for_devices_only(settings: Any) -> None:
    release = world.listed()
    model, version, target, name = world.path(release).split("/")
    digest = world.digest(release)
    url = f"/tuf/targets/{model}/{version}/{target}/{digest}.{name}"
    answer = Client().get(url)
    assert (answer.status_code, sha256_hex(b"".join(answer))) == (200, digest)
    settings.EDGEFLEET_TUF_OPEN_TARGETS = False
    assert Client().get(url).status_code == 401


@pytest.mark.parametrize("name", ["targets.json", "0.root.json", "x", "1.../root.json", "9.a.json"])
def test_what_is_not_there_is_not_found(name: str) -> None:
    world.listed()
    assert Client().get(f"/tuf/metadata/{name}").status_code == 404
