"""In production, a worker that builds refuses to start where code from models would see files; the
forgiving default starts and says so once.
"""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builds import checks
from builds.checks import require_whole_jail, the_jail_is_whole
from fleet.lib.confine import landlock
from fleet.lib.jail import PROJECT_ROOT, Mode
from tests.waiting import PATIENCE_SECONDS

HALF = [Mode.SECCOMP, Mode.NONE]


@pytest.fixture
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Mode:
    """The machine's jail."""
    found: Mode = request.param
    monkeypatch.setattr(checks, "jail_mode", lambda: found)
    return found


@pytest.mark.parametrize("mode", HALF, indirect=True)
def test_in_production_half_a_jail_is_an_error_and_the_end(mode: Mode, settings: Any) -> None:
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "build"
    found = the_jail_is_whole()
    assert [message.id for message in found] == ["builds.E001"]
    assert found[0].hint
    with pytest.raises(SystemExit, match="neither user namespaces nor Landlock"):
        require_whole_jail()


@pytest.mark.parametrize("mode", [Mode.NAMESPACES, Mode.LANDLOCK], indirect=True)
@pytest.mark.parametrize("production", [False, True])
def test_a_whole_jail_is_no_message(
    mode: Mode, production: bool, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = production, "build"
    require_whole_jail()
    assert the_jail_is_whole() == []
    assert caplog.text == ""


@pytest.mark.parametrize("mode", HALF, indirect=True)
def test_the_forgiving_default_says_so_aloud_and_starts(
    mode: Mode, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = False, "build"
    with caplog.at_level(logging.WARNING):
        require_whole_jail()
    assert len(caplog.records) == 1
    assert "In production, this worker would not start" in caplog.text
    assert the_jail_is_whole() == []


@pytest.mark.parametrize("mode", [Mode.NONE], indirect=True)
@pytest.mark.parametrize("kind", ["web", "worker", "signer", "beat"])
def test_processes_that_open_no_model_need_no_jail(mode: Mode, kind: str, settings: Any) -> None:
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, kind
    require_whole_jail()
    assert the_jail_is_whole() == []


def test_a_starting_worker_is_asked() -> None:
    from celery.signals import worker_ready

    assert require_whole_jail in {receiver for _, receiver in worker_ready.receivers}


# A machine that forbids these calls, by a filter over the whole process, as containers do it.
START = """
import ctypes, struct, sys
from fleet.lib.confine import seccomp
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
steps = [(seccomp.LOAD, 0, 0, 0)]
for number in map(int, sys.argv[1:]):
    steps += [(seccomp.JUMP_EQUAL, number, 0, 1), (seccomp.RETURN, seccomp.DENY, 0, 0)]
steps += [(seccomp.RETURN, seccomp.ALLOW, 0, 0)]
seccomp.apply(b"".join(struct.pack("HBBI", op, yes, no, value) for op, value, yes, no in steps))
import django
from django.conf import settings
django.setup()
settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "build"
from celery.signals import worker_ready
worker_ready.send(sender=None)
print("started")
"""
UNSHARE = {"x86_64": 272, "aarch64": 97}[os.uname().machine]


def started_without(var: Path, *calls: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", START, *map(str, calls)],
        env=os.environ
        | {"PYTHONPATH": str(PROJECT_ROOT), "DJANGO_SETTINGS_MODULE": "tests.settings"}
        | {"EDGEFLEET_VAR": str(var)},  # no keys lie there
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_a_process_of_production_ends_where_the_machine_forbids_both(tmp_path: Path) -> None:
    done = started_without(tmp_path, UNSHARE, landlock.CREATE)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Code from a foreign model is not jailed whole" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.only_where(landlock.version() > 0, reason="this kernel has no Landlock")
def test_it_starts_where_landlock_holds_the_jail_whole(tmp_path: Path) -> None:
    done = started_without(tmp_path, UNSHARE)
    assert done.stdout == "started\n", done.stderr
