"""`edgefleet rollout approve|skip-wave|retry-failed`, `check` and `release roll-back`."""

import json
from pathlib import Path
from typing import Any

import pytest

from fleet.lib import clock
from fleet.telemetry.monitor.notifications import destinations
from ota import services
from ota.models import Assignment, Rollout, RolloutCheck
from tests.fleet.cli.terminal import Terminal
from tests.ota import makers
from tests.personas import SYSTEM


@pytest.fixture
def lab(terminal: Terminal, settings: Any) -> Terminal:
    """Return a terminal beside a published release, a group of two devices and a webhook."""
    settings.EDGEFLEET_GATE_SECONDS = 0
    makers.release("1.0")
    makers.group(makers.devices(2), "lab")
    destinations.destination_create(
        name="bench", kind="webhook", address="https://bench.example.com/x", by=SYSTEM
    )
    return terminal


def start(lab: Terminal, folder: Path, *options: str, **policy: object) -> str:
    file = folder / "policy.json"
    file.write_text(json.dumps(makers.QUICK | policy), "utf-8")
    made = lab.json("rollout", "start", "digits:1.0", "lab", "--policy-file", file, *options)
    return str(made["id"])


def updated(rollout: str, state: str = "succeeded") -> None:
    """The first wave's devices are through."""
    key = Rollout.objects.get(public_id=rollout).pk
    services.rollout_tick(key)
    rows = Assignment.objects.filter(rollout_id=key, wave__index=0)
    rows.update(state=state, finished_at=clock.now())
    services.rollout_tick(key)


def test_a_draft_and_a_wave_are_approved(lab: Terminal, tmp_path: Path) -> None:
    waves = [{"count": 1}, {"share_percent": 100, "approvals": 1}]
    draft = start(lab, tmp_path, "--draft", waves=waves, start_approvals=1)
    early = lab.run("rollout", "approve", draft, "--wave", "2")
    assert early != 0
    assert "does not wait for an approval of wave 2" in lab.err
    assert lab.run("rollout", "approve", draft, "--remark", "fine") == 0
    services.rollout_start(by=SYSTEM, rollout=Rollout.objects.get())
    updated(draft)
    assert lab.run("rollout", "approve", draft, "--wave", "2") == 0
    services.rollouts_tick()
    assert Rollout.objects.get().waves.get(index=1).state == "updating"


def test_a_check_is_listed_and_answered(lab: Terminal, tmp_path: Path) -> None:
    check = {"gates": ["check"], "check_destination": "bench"}
    rollout = start(lab, tmp_path, "--joins", "standing", waves=[{"share_percent": 100}], **check)
    assert Rollout.objects.get().policy["joins"] == "standing"
    updated(rollout)
    (row,) = lab.json("check", "list", "--waiting", "--rollout", rollout)
    assert (row["wave"], row["destination"]) == (1, "bench")
    assert lab.run("check", "answer", row["id"], "hold", "--sentence", "more tests") == 0
    assert lab.run("check", "again", row["id"]) == 0
    assert RolloutCheck.objects.get().open is False


def test_a_wave_is_skipped_the_failed_are_tried_again_and_all_goes_back(
    lab: Terminal, tmp_path: Path
) -> None:
    waves = [{"count": 1}, {"share_percent": 100}]
    rollout = start(lab, tmp_path, waves=waves, failures=[], soak_seconds=9000)
    updated(rollout, "failed")
    assert lab.run("rollout", "retry-failed", rollout, "--reason", "mended") == 0
    assert Assignment.objects.filter(attempt=2).count() == 1
    assert lab.run("rollout", "resume", rollout) == 0
    updated(rollout)
    assert lab.run("rollout", "skip-wave", rollout, "1", "--reason", "urgent") == 0
    assert Rollout.objects.get().waves.get(index=0).state == "passed"
    assert lab.run("release", "roll-back", "digits:1.0", "--reason", "it hums") == 0
    assert rollout in lab.out
    assert Rollout.objects.get().reason == "it hums"


def test_a_release_may_need_a_newer_firmware(terminal: Terminal) -> None:
    makers.version("2.0")
    made = terminal.json("release", "create", "digits:2.0", "--needs", "firmware>=1.4")
    assert made["needs"] == ["firmware>=1.4"]
