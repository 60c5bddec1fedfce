"""The list of faults is complete, and every test that it names exists."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from device_agent.config import Config
from tests.device_agent.fault_points import FAULT_POINTS

TESTS = Path(__file__).parents[1]
NAMES = [
    name
    for folder in ("device_agent", "agent_and_service")
    for path in (TESTS / folder).rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
]


def test_the_manual_lists_them_all_and_no_others() -> None:
    manual = (TESTS.parent / "device_agent" / "README.md").read_text()
    section = manual[manual.index(f"1. {FAULT_POINTS[1][0]}\n") :]
    listed = re.findall(r"^(\d+)\. (.+)$", section, re.MULTILINE)
    assert listed == [(str(number), fault) for number, (fault, _) in FAULT_POINTS.items()]


def test_the_manual_lists_every_setting() -> None:
    manual = (TESTS.parent / "device_agent" / "README.md").read_text()
    for setting in fields(Config):
        assert f"`{setting.name}`" in manual


@pytest.mark.parametrize("number", FAULT_POINTS)
def test_the_tests_that_are_named_exist(number: int) -> None:
    assert FAULT_POINTS[number][1], "a fault without a test"
    assert [name for name in FAULT_POINTS[number][1] if name not in NAMES] == []
