"""`key`, `enrol` without a code, `rotate-key`, `enrol --new-key`: on a real folder and socket."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_agent.__main__ import main
from tests.device_agent.simulators.http_server import serving
from tests.device_agent.simulators.service import CODE, SimService

IDENTITY = ["--controller-id", "dev-1", "--target", "linux-x86_64"]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def service() -> Iterator[SimService]:
    made = SimService(issued_at=int(time.time()))
    with serving(made):
        yield made


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    return ["--state-dir", str(tmp_path / "state")]


def test_a_registered_device_enrols_without_a_code(
    service: SimService, words: list[str], capsys: Capture
) -> None:
    assert main([*words, "key"]) == 0
    printed = capsys.readouterr().out.strip()
    assert main([*words, "key"]) == 0
    assert capsys.readouterr().out.strip() == printed, "the key is made once"
    service.keys["dev-1"] = bytes.fromhex(printed)
    assert main([*words, "enrol", "--server", service.base, *IDENTITY]) == 0
    assert capsys.readouterr().out == "dev-1 is accepted.\n"


def test_a_key_is_replaced_by_command(
    service: SimService, words: list[str], capsys: Capture
) -> None:
    assert main([*words, "enrol", CODE, "--server", service.base, *IDENTITY]) == 0
    before = service.keys["dev-1"]
    assert main([*words, "rotate-key"]) == 0
    assert re.search(r"fingerprint [0-9a-f]{64}\.", capsys.readouterr().out)
    assert service.keys["dev-1"] != before
    assert main([*words, "once"]) == 0


def test_after_a_revocation_a_new_key_enrols(
    service: SimService, words: list[str], capsys: Capture
) -> None:
    assert main([*words, "enrol", CODE, "--server", service.base, *IDENTITY]) == 0
    before = service.keys.pop("dev-1")
    service.codes.add(CODE)
    again = ["enrol", CODE, "--new-key", "--server", service.base, *IDENTITY]
    assert main([*words, *again]) == 0
    assert service.keys["dev-1"] != before
    assert main([*words, "once"]) == 0
    assert "is accepted" in capsys.readouterr().out


def test_without_an_enrolment_there_is_no_key_to_replace(words: list[str], capsys: Capture) -> None:
    assert main([*words, "rotate-key"]) == 3
    assert "enrol this device first" in capsys.readouterr().err
