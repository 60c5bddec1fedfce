"""The agent's log: one line an event, in the chosen form, with the device's name and no secret."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_agent import logs
from device_agent.__main__ import EXIT_FAILED, EXIT_SETTINGS, main
from device_agent.config import Config


@pytest.fixture(autouse=True)
def root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_names_the_device_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(verbose=False, config=Config(controller_id="cam-7", log_format="json"))
    secret = "Zm9vYmFyZm9vYmFy"
    logging.getLogger("device_agent").warning("sent\nDeviceToken %s", secret)
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["process"], told["who"], told["level"]) == ("agent", "cam-7", "warning")
    assert secret not in line


def test_a_fault_of_the_agent_is_one_line_with_its_trace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("with password=hunter2")

    monkeypatch.setattr("device_agent.__main__.status", fails)
    assert main(["--state-dir", str(tmp_path), "status"]) == EXIT_FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert 'exception="RuntimeError: with password=[hidden]"' in line
    assert "trace=" in line
    assert "hunter2" not in line


def test_a_form_that_is_none_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEFLEET_AGENT_LOG_FORMAT", "xml")
    assert main(["status"]) == EXIT_SETTINGS
    assert "log_format" in capsys.readouterr().err
