"""`edgefleet rollout plan`, `rollout report`, `policy` and `device penalty`."""

import json
from pathlib import Path

import pytest

from ota.models import Rollout, RolloutPolicy
from tests.fleet.cli.terminal import Terminal
from tests.ota import makers


@pytest.fixture
def lab(terminal: Terminal) -> Terminal:
    """Return a terminal beside a published release and a group of four devices."""
    makers.release("1.0")
    makers.group(makers.devices(4), "lab")
    return terminal


def test_a_plan_is_shown_before_there_is_a_rollout(lab: Terminal) -> None:
    plan = lab.json("rollout", "plan", "digits:1.0", "lab", "--policy", "all-at-once")
    assert (plan["taking_part"], plan["waves"][0]["devices"]) == (4, 4)
    assert lab.run("rollout", "plan", "digits:1.0", "lab") == 0
    assert "4 of 4 devices" in lab.out
    assert "cam-00" in lab.out
    assert not Rollout.objects.exists()


def test_a_draft_has_its_own_plan(lab: Terminal) -> None:
    made = lab.json("rollout", "start", "digits:1.0", "lab", "--draft")
    assert lab.json("rollout", "plan", made["id"])["drawn"] is True


def test_a_report_is_printed(lab: Terminal) -> None:
    made = lab.json("rollout", "start", "digits:1.0", "lab", "--policy", "all-at-once")
    assert lab.run("rollout", "report", made["id"]) == 0
    assert "0 of 4 devices took the release; the rollout is running: started." in lab.out
    assert "cam-003" in lab.out


def test_policies_are_made_changed_and_deleted(lab: Terminal, tmp_path: Path) -> None:
    members = tmp_path / "mine.json"
    members.write_text(json.dumps({"max_in_flight": 3}), "utf-8")
    made = lab.json("policy", "create", "mine", "--from", "steady", "--file", members)
    assert made["policy"]["max_in_flight"] == 3
    members.write_text(json.dumps({"attempts": 9}), "utf-8")
    assert lab.json("policy", "edit", "mine", members)["policy"]["attempts"] == 9
    assert {row["name"] for row in lab.json("policy", "list")} >= {"mine", "canary"}
    assert lab.json("policy", "show", "mine")["shipped"] is False
    assert lab.run("policy", "delete", "mine") == 0
    assert not RolloutPolicy.objects.exists()


def test_a_device_is_pardoned(lab: Terminal) -> None:
    assert lab.json("device", "penalty", "cam-001")["failures"] == 0
    assert lab.json("device", "penalty", "cam-001", "--end")["last_at"] is None
