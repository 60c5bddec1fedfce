"""Environments of converters: made by a command, seen in the jail alone, used only when whole."""

import json
import sys
import venv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from builds.jailed import environments
from builds.jailed.environments import ENVIRONMENTS, LITERT, MARK, ONNX, NotInstalled
from builds.jailed.running import ChildLimits
from fleet.lib.jail import Room, run_jailed

LIMITS = ChildLimits(20.0, 512 * 1024**2)


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.EDGEFLEET_CONVERTERS_DIR = tmp_path / "converters"


def said(*words: str) -> str:
    out = StringIO()
    call_command("converters", *words, stdout=out)
    return out.getvalue()


def test_what_is_not_installed_says_how_to_install_it() -> None:
    with pytest.raises(NotInstalled, match=r"run `manage\.py converters install onnx`"):
        ONNX.home()
    assert said("list").count("not installed") == len(ENVIRONMENTS)


def test_an_environment_of_another_lock_is_none() -> None:
    LITERT.place.mkdir(parents=True)
    (LITERT.place / MARK).write_text(json.dumps({"lock": LITERT.digest}))
    assert LITERT.home() == LITERT.place
    (LITERT.place / MARK).write_text(json.dumps({"lock": "0" * 64}))
    with pytest.raises(NotInstalled, match="litert of this release is not installed"):
        LITERT.home()
    assert "older lock" in said("list")


def test_an_environment_is_made_by_its_lock_and_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "litert.lock").write_text("# no packages\n")
    monkeypatch.setattr(environments, "LOCKS", tmp_path)
    text = said("install", "litert")
    assert "litert: installed" in text
    assert (LITERT.home() / "bin/python").exists()
    said("remove", "litert")
    assert not LITERT.installed


def test_a_python_that_does_not_fit_is_named_before_anything_is_made() -> None:
    with pytest.raises(CommandError, match=r"litert needs Python 3\.11 or 3\.12"):
        said("install", "onnx", "--python", "/nowhere/python3")
    assert not LITERT.place.exists()


def test_locks_hold_hashes_and_no_address() -> None:
    for row in ENVIRONMENTS.values():
        text = row.lock.read_text()
        assert text.count("--hash=sha256:") >= text.count("==") > 0
        assert "://" not in text
        assert "?" not in row.converter


def test_in_the_jail_it_is_seen_in_place_of_our_own(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    work.mkdir()
    venv.create(home, symlinks=True, with_pip=False)
    (tmp_path / "secret").write_text("not for converters")
    code = (
        "import pathlib, sys\n"
        f"print(sys.prefix == {str(home)!r})\n"
        f"print(pathlib.Path({str(tmp_path / 'secret')!r}).exists())\n"
        f"print(any(pathlib.Path({sys.prefix!r}).glob('lib/python*/site-packages/django')))\n"
    )
    found = run_jailed(
        [str(home / "bin/python"), "-I", "-c", code],
        workdir=work,
        deadline_seconds=LIMITS.deadline_seconds,
        memory_bytes=LIMITS.memory_bytes,
        room=Room(environment=home),
    )
    assert found.ok, found.stderr
    if found.mode.whole:
        assert found.stdout.split() == ["True", "False", "False"]


def test_a_package_without_locks_touches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.EDGEFLEET_CONVERTERS_DIR = tmp_path / "made"
    monkeypatch.setattr(environments, "LOCKS", tmp_path / "nothing")
    with pytest.raises(CommandError, match="lie in the source tree"):
        call_command("converters", "install", "onnx")
    assert not (tmp_path / "made").exists()
