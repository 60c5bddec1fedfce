"""In production, a worker that builds refuses to start where code from models would see files; the
forgiving default starts and says so once.
"""

import logging
from typing import Any

import pytest

from builds import checks
from builds.checks import require_whole_jail, the_jail_is_whole
from fleet.lib.jail import Mode

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
