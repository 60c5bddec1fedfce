"""In production, a process with a path to a private key that is not its own does not start."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builds import keyring
from builds.choices import KeyRole
from builds.keyring import process as process_keys
from fleet.lib.errors import Forbidden, Unavailable
from ota import services
from ota.models import Assignment, Instruction, TufMetadata
from ota.trust import selectors
from ota.trust.checks import keys_are_where_they_belong, require_own_keys
from ota.trust.signer import dispatch, repository
from tests.ota import makers
from tests.ota.trust import world
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db


KEYLESS = ("web", "worker", "beat", "something else")
FILES = ("director.pem", "artifacts-1.pem", "audit.pem", "tuf/root.pem", "tuf/keybook.json")
OWN = {"build": {"artifacts-1.pem"}, "signer": set(FILES) - {"artifacts-1.pem"}}


@pytest.fixture(params=[*KEYLESS, *OWN])
def kind(request: pytest.FixtureRequest, settings: Any) -> str:
    """Every kind of process that production starts."""
    settings.EDGEFLEET_PRODUCTION = True
    settings.EDGEFLEET_PROCESS = request.param
    settings.EDGEFLEET_SIGNING_KEYS = {}
    return str(request.param)


def test_a_process_without_keys_starts(kind: str) -> None:
    assert keys_are_where_they_belong() == []
    require_own_keys()


@pytest.mark.parametrize("name", FILES)
def test_a_key_file_of_others_within_reach_is_an_error(name: str, kind: str, settings: Any) -> None:
    path = settings.EDGEFLEET_KEY_DIR / name
    path.parent.mkdir(parents=True)
    path.write_text("k")
    found = keys_are_where_they_belong()
    if name in OWN.get(kind, set()):
        assert not found
        return
    assert [message.id for message in found] == ["ota.E001"]
    assert f"The {kind} process can read the signing key {path}" in found[0].msg
    with pytest.raises(SystemExit, match="can read the signing key"):
        require_own_keys()


def test_a_foreign_keys_address_is_an_error(kind: str, settings: Any) -> None:
    settings.EDGEFLEET_SIGNING_KEYS = {"director": "awskms:alias/director"}
    found = keys_are_where_they_belong()
    assert bool(found) is (kind != "signer")
    assert all("the director key" in message.msg for message in found)


def test_a_tokens_pin_is_an_error_where_no_key_is_held(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEFLEET_PKCS11_PIN", "1234")
    assert bool(keys_are_where_they_belong()) is (kind not in OWN)


@pytest.mark.parametrize("role", KeyRole)
def test_each_kind_opens_its_own_keys_and_no_other(role: KeyRole, kind: str, settings: Any) -> None:
    settings.EDGEFLEET_PRODUCTION = False
    keyring.keys_ensure()
    settings.EDGEFLEET_PRODUCTION = True
    if role in process_keys.held_by(kind):
        assert keyring.signer(role).public_key.keyid
    else:
        with pytest.raises(Forbidden, match=f"The {kind} process never opens the {role} key"):
            keyring.signer(role)


def test_a_worker_of_production_says_what_it_is(settings: Any) -> None:
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "command"
    with pytest.raises(SystemExit, match="Set EDGEFLEET_PROCESS to the kind of this process: web,"):
        require_own_keys()


@pytest.mark.parametrize(("process", "role"), [("build", "artifacts"), ("signer", "director")])
def test_in_production_no_process_makes_a_key_by_itself(
    process: str, role: str, settings: Any
) -> None:
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, process
    with pytest.raises(Unavailable, match="cannot be read"):
        keyring.signer(role)
    assert not settings.EDGEFLEET_KEY_DIR.exists()


def test_in_the_embedded_default_keys_are_where_they_should_be(settings: Any) -> None:
    world.listed()
    settings.EDGEFLEET_PROCESS = "web"
    assert keys_are_where_they_belong() == []


def test_only_the_signer_signs_what_others_ask_for(settings: Any) -> None:
    """The general worker decides who is next, and never signs, in the embedded default neither."""
    settings.EDGEFLEET_PROCESS = "worker"
    release = world.published()
    rollout = makers.rollout(release, makers.group(makers.devices(1)))
    services.rollout_tick(rollout.pk)
    assert Assignment.objects.get().state == "assigned"
    assert not Instruction.objects.exists()
    settings.EDGEFLEET_PROCESS = "signer"
    dispatch.waiting_sign()
    assert Assignment.objects.get().state == "offered"


def test_the_web_process_asks_and_never_signs(settings: Any) -> None:
    world.published()
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "web"
    with pytest.raises(Forbidden, match="only a signer process does"):
        repository.requests_sign()
    assert not TufMetadata.objects.exists()
    assert not (settings.EDGEFLEET_KEY_DIR / "tuf").exists()


def test_the_web_process_serves_what_a_worker_signed(settings: Any, tmp_path: Path) -> None:
    release = world.listed()
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "web"
    assert selectors.root_bytes()
    assert world.is_genuine(world.fetched(tmp_path / "c", world.path(release)), release)


SERVER = [sys.executable, "-c", "import fleet.wsgi"]
WORKER = [
    sys.executable,
    "-m",
    "celery",
    "-A",
    "fleet.celery",
    "worker",
    "--pool",
    "solo",
    "-Q",
    "x",
]


@pytest.mark.parametrize(("program", "found"), [(SERVER, False), (SERVER, True), (WORKER, True)])
def test_the_server_itself_refuses_to_start(
    program: list[str], found: bool, tmp_path: Path
) -> None:
    if found:
        (tmp_path / "keys").mkdir()
        (tmp_path / "keys" / "artifacts.pem").write_text("k")
    done = subprocess.run(
        program,
        cwd=Path(__file__).parents[3],
        env={
            "PATH": os.environ["PATH"],
            "EDGEFLEET_VAR": str(tmp_path),
            "EDGEFLEET_PRODUCTION": "1",
            "EDGEFLEET_PROCESS": "web" if program is SERVER else "worker",
            "SECRET_KEY": "tests only",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert (done.returncode != 0) is found, done.stderr
    assert ("can read the signing key" in done.stderr) is found


def test_only_a_worker_may_read_the_capture_key(kind: str, settings: Any, tmp_path: Path) -> None:
    settings.EDGEFLEET_KEY_DIR = tmp_path
    (tmp_path / "capture.pem").write_text("secret")
    said = [message.msg for message in keys_are_where_they_belong()]
    path = tmp_path / "capture.pem"
    expected = [] if kind == "worker" else [f"The {kind} process can read the capture key {path}."]
    assert said == expected
