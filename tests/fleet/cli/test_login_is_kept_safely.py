"""`edgefleet login`: asked for, checked with the service, kept where only its owner reads it."""

import io
import json
import stat
from pathlib import Path

import pytest

from fleet.cli.config import SavedLogin, load, save
from fleet.cli.errors import RequestRefused
from tests import personas
from tests.fleet.cli.terminal import URL, Terminal

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def login(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, secret: str, url: str = URL) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{secret}\n"))
    return terminal.run("login", url, "--token-stdin")


def config(terminal: Terminal) -> Path:
    return Path(terminal.environment["EDGEFLEET_CONFIG"])


def test_a_checked_login_is_remembered(stranger: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert login(stranger, monkeypatch, personas.token("engineer")[1]) == 0
    assert "engineer" in stranger.out
    assert stranger.json("whoami")["user"] == "engineer"


def test_only_its_owner_reads_it(stranger: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    login(stranger, monkeypatch, personas.token()[1])
    assert stat.S_IMODE(config(stranger).stat().st_mode) == 0o600


def test_the_token_is_never_printed(stranger: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = personas.token()[1]
    login(stranger, monkeypatch, secret)
    assert secret not in stranger.out + stranger.err + repr(SavedLogin(URL, secret))


def test_a_wrong_token_is_not_kept(stranger: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert login(stranger, monkeypatch, "ef_pat_wrong") == 2
    assert "This token is not known here." in stranger.err
    assert not config(stranger).exists()


def test_no_token_is_refused(stranger: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert login(stranger, monkeypatch, "") == 2


@pytest.mark.parametrize("url", ["ftp://x", "fleet.example", "https://me:pw@x", "https://x/?a=1"])
def test_a_strange_address_is_refused(
    url: str, stranger: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert login(stranger, monkeypatch, "t", url) == 2
    assert not stranger.way.requests


def test_nobody_signed_in_is_told_what_to_do(stranger: Terminal) -> None:
    assert stranger.run("whoami") == 2
    assert "edgefleet login URL" in stranger.err


def test_logout_forgets(stranger: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    login(stranger, monkeypatch, personas.token()[1])
    assert stranger.run("logout") == 0
    assert not config(stranger).exists()
    assert stranger.run("logout") == 0
    assert "no login" in stranger.err


def test_a_token_in_the_clear_is_warned_about(
    stranger: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(stranger, monkeypatch, personas.token()[1], "http://fleet.example")
    assert "anybody can read the token" in stranger.err


def test_the_environment_comes_first(tmp_path: Path) -> None:
    environment = {"EDGEFLEET_CONFIG": str(tmp_path / "c")}
    save(SavedLogin("https://a.example", "stored"), environment)
    assert load(environment) == SavedLogin("https://a.example", "stored")
    assert load(environment | {"EDGEFLEET_TOKEN": "given"}).token == "given"


def test_a_stored_token_is_never_sent_to_another_service(tmp_path: Path) -> None:
    environment = {"EDGEFLEET_CONFIG": str(tmp_path / "c")}
    save(SavedLogin("https://a.example", "stored"), environment)
    with pytest.raises(RequestRefused, match="Not signed in"):
        load(environment | {"EDGEFLEET_URL": "https://b.example"})
    same = load(environment | {"EDGEFLEET_URL": "https://a.example/"})
    assert same.token == "stored"


def test_an_address_loses_its_last_slash(tmp_path: Path) -> None:
    environment = {"EDGEFLEET_URL": "https://a.example/fleet/", "EDGEFLEET_TOKEN": "t"}
    environment["EDGEFLEET_CONFIG"] = str(tmp_path / "none")
    assert load(environment).url == "https://a.example/fleet"


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"url": 1})])
def test_a_damaged_file_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text(text)
    with pytest.raises(RequestRefused, match="run `edgefleet login URL` again"):
        load({"EDGEFLEET_CONFIG": str(path)})


def test_the_file_lies_where_the_system_keeps_such_files(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert save(SavedLogin(URL, "t"), environment) == tmp_path / "edgefleet" / "config.json"
