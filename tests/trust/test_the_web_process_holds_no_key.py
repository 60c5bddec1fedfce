"""A production web process with any path to a private key does not start."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fleet.lib.errors import Forbidden
from ota.models import TufMetadata
from ota.trust import publish, selectors
from ota.trust.checks import web_holds_no_key
from tests.trust import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(settings: Any) -> None:
    settings.EDGEFLEET_PRODUCTION = True
    settings.EDGEFLEET_PROCESS = "web"
    settings.EDGEFLEET_SIGNING_KEYS = {}


@pytest.mark.usefixtures("web")
def test_a_web_process_without_keys_starts() -> None:
    assert web_holds_no_key() == []


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize("name", ["director.pem", "tuf/root.pem", "tuf/keybook.json"])
def test_a_key_file_within_reach_is_an_error(name: str, settings: Any) -> None:
    path = settings.EDGEFLEET_KEY_DIR / name
    path.parent.mkdir(parents=True)
    path.write_text("k")
    (found,) = web_holds_no_key()
    assert found.id == "ota.E001"
    assert str(path) in found.msg


@pytest.mark.usefixtures("web")
def test_a_keys_address_is_an_error(settings: Any) -> None:
    settings.EDGEFLEET_SIGNING_KEYS = {"director": "awskms:alias/director"}
    (found,) = web_holds_no_key()
    assert "key of director" in found.msg


@pytest.mark.usefixtures("web")
def test_a_tokens_pin_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEFLEET_PKCS11_PIN", "1234")
    (found,) = web_holds_no_key()
    assert "EDGEFLEET_PKCS11_PIN" in found.msg


def test_elsewhere_keys_are_where_they_should_be(settings: Any) -> None:
    world.listed()
    for production, process in ((True, "worker"), (False, "web")):
        settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = production, process
        assert web_holds_no_key() == []


def test_the_web_process_asks_and_never_signs(settings: Any) -> None:
    world.published()
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "web"
    with pytest.raises(Forbidden, match="only a signer does"):
        publish.requests_sign()
    assert not TufMetadata.objects.exists()
    assert not (settings.EDGEFLEET_KEY_DIR / "tuf").exists()


def test_the_web_process_serves_what_a_worker_signed(settings: Any, tmp_path: Path) -> None:
    release = world.listed()
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "web"
    assert selectors.root_bytes()
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)


@pytest.mark.parametrize("found", [False, True])
def test_the_server_itself_refuses_to_start(found: bool, tmp_path: Path) -> None:
    if found:
        (tmp_path / "keys").mkdir()
        (tmp_path / "keys" / "artifacts.pem").write_text("k")
    done = subprocess.run(
        [sys.executable, "-c", "import fleet.wsgi"],
        cwd=Path(__file__).parents[2],
        env={
            "PATH": os.environ["PATH"],
            "EDGEFLEET_VAR": str(tmp_path),
            "EDGEFLEET_PRODUCTION": "1",
            "SECRET_KEY": "tests only",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) is found, done.stderr
    assert ("can read the signing key" in done.stderr) is found
