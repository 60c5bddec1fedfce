"""`edgefleet release` and `rollout`: drafted, approved, rolled out, watched, and back."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from builds.signing import PublicKey, file_signer
from builds.signing.approve import main as sign_elsewhere
from fleet.cli import signing
from fleet.cli.commands.releases.rollout import line
from fleet.cli.errors import RequestRefused
from ota import services
from ota.models import Approval, GateLook, Release, Rollout
from ota.trust.admission import approval
from tests import personas
from tests.fleet.cli.terminal import Terminal
from tests.ota import makers


@pytest.fixture
def lab(terminal: Terminal) -> Terminal:
    """Return a terminal beside a published release and a group of two devices."""
    makers.release("1.0")
    makers.group(makers.devices(2), "lab")
    return terminal


def release_id() -> str:
    return Release.objects.get().public_id


def start(lab: Terminal, *options: object) -> Any:
    return lab.json("rollout", "start", release_id(), "lab", "--policy", "all-at-once", *options)


def tick() -> None:
    services.rollout_tick(Rollout.objects.get().pk)


def act(name: str) -> Any:
    return lambda: getattr(services, name)(
        by=personas.SYSTEM, rollout=Rollout.objects.get(), reason="enough"
    )


def test_a_release_goes_from_draft_to_approved(terminal: Terminal) -> None:
    makers.version("1.0")
    made = terminal.json("release", "create", "digits:1.0", "--notes", "first")
    assert (made["state"], made["label"], made["notes"]) == ("draft", "1.0", "first")
    yes = terminal.json("release", "approve", made["id"], "--remark", "fine")
    assert (yes["state"], yes["approvals"][0]["remark"]) == ("approved", "fine")
    assert [row["id"] for row in terminal.json("release", "list")] == [made["id"]]


def test_a_release_is_named_as_its_version(terminal: Terminal) -> None:
    makers.version("1.0")
    assert terminal.run("release", "approve", "digits:1.0") == 2
    assert "edgefleet release create digits:1.0" in terminal.err
    made = terminal.json("release", "create", "digits:1.0")
    assert terminal.json("release", "show", "digits:1.0")["id"] == made["id"]
    assert terminal.json("release", "approve", "digits:1.0")["state"] == "approved"


def test_a_draft_is_not_published(terminal: Terminal) -> None:
    makers.version("1.0")
    made = terminal.json("release", "create", "digits:1.0")
    assert terminal.run("release", "publish", made["id"]) == 2
    assert terminal.json("release", "show", made["id"])["state"] == "draft"


def test_a_release_is_revoked(lab: Terminal) -> None:
    assert lab.json("release", "revoke", release_id())["state"] == "revoked"


def test_a_rollout_is_created_and_started(lab: Terminal) -> None:
    made = start(lab)
    assert (made["state"], made["group"], made["progress"]["devices"]) == ("running", "lab", 2)


def test_a_draft_waits_to_be_started(lab: Terminal) -> None:
    assert start(lab, "--draft")["state"] == "draft"


def test_a_policy_file_changes_members(lab: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"soak_seconds": 7}))
    assert start(lab, "--draft", "--policy-file", file)["policy"]["soak_seconds"] == 7


@pytest.mark.parametrize("text", ["", "{", None])
def test_a_policy_file_that_is_none_is_refused(
    text: str | None, lab: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "policy.json"
    if text is not None:
        file.write_text(text)
    assert lab.run("rollout", "start", release_id(), "lab", "--policy-file", file) == 2
    assert not Rollout.objects.exists()


def test_it_is_paused_resumed_and_aborted(lab: Terminal) -> None:
    made = start(lab)["id"]
    assert lab.json("rollout", "pause", made, "--reason", "lunch")["state"] == "paused"
    assert lab.json("rollout", "resume", made)["state"] == "running"
    assert lab.json("rollout", "abort", made)["state"] in ("aborting", "aborted")
    assert lab.run("rollout", "resume", made) == 2


def test_rollouts_and_their_devices_are_listed(lab: Terminal) -> None:
    made = start(lab)["id"]
    assert [row["id"] for row in lab.json("rollout", "list")] == [made]
    assert len(lab.json("rollout", "devices", made)) == 2
    assert "lab" in lab.ok("rollout", "show", made)


def test_watching_an_aborted_rollout_is_exit_1(lab: Terminal) -> None:
    made = start(lab)["id"]
    lab.between = [tick, act("rollout_abort"), tick]
    assert lab.run("rollout", "watch", made) == 1
    assert "The rollout ended aborted" in lab.err
    assert "running" in lab.err


def test_rolling_back_brings_everybody_back(lab: Terminal) -> None:
    made = start(lab)["id"]
    assert lab.json("rollout", "roll-back", made)["state"] in ("rolling_back", "rolled_back")


def test_the_line_tells_wave_and_devices() -> None:
    waves = [
        {"index": 0, "state": "passed", "share_percent": 5},
        {"index": 1, "state": "soaking", "share_percent": 100},
    ]
    counts = {"succeeded": 3, "failed": 0, "planned": 1}
    found = {
        "state": "running",
        "reason": "",
        "progress": {"waves": waves, "counts": counts, "back": {}},
    }
    assert line(found) == ("running; wave 2 of 2 soaking (100 %); devices: 3 succeeded, 1 planned")


def test_the_line_tells_the_reason_and_the_way_back() -> None:
    progress = {"waves": [], "counts": {"failed": 2}, "back": {"succeeded": 1}}
    found = {"state": "rolling_back", "reason": "accuracy fell", "progress": progress}
    assert line(found) == (
        "rolling_back: accuracy fell; devices: 2 failed; on the way back: 1 succeeded"
    )


def test_an_approver_signs_with_a_key_that_stays_here(terminal: Terminal, tmp_path: Path) -> None:
    makers.version("1.0")
    made = terminal.json("release", "create", "digits:1.0")
    key = tmp_path / "ann.pem"
    file_signer.create(key)
    yes = terminal.json("release", "approve", made["id"], "--key", f"file:{key}")
    assert yes["approvals"][0]["signed"]
    assert f"signing digits 1.0 ({made['id']}), counter 1" in " ".join(terminal.err.split())
    envelope = Approval.objects.get().envelope
    assert envelope is not None
    trusted = [PublicKey.of(file_signer.load(key))]
    assert approval.signatures(Release.objects.get(), trusted) == 1
    assert envelope["signatures"][0]["keyid"] == trusted[0].keyid


def test_an_approval_is_carried_to_where_the_key_is(terminal: Terminal, tmp_path: Path) -> None:
    makers.version("1.0")
    made = terminal.json("release", "create", "digits:1.0")
    key, said, done = tmp_path / "ann.pem", tmp_path / "said.json", tmp_path / "signed.json"
    file_signer.create(key)
    terminal.json("release", "statement", made["id"], "--out", str(said))
    assert sign_elsewhere([str(said), "--key", f"file:{key}", "--out", str(done)]) == 0
    yes = terminal.json("release", "approve", made["id"], "--signature", str(done))
    assert yes["approvals"][0]["signed"]


@pytest.mark.parametrize("content", ["no key", ""])
def test_a_file_that_holds_no_key_is_one_sentence(
    terminal: Terminal, tmp_path: Path, content: str
) -> None:
    makers.version("1.0")
    made = terminal.json("release", "create", "digits:1.0")
    key = tmp_path / "ann.pem"
    key.write_text(content)
    assert terminal.run("release", "approve", made["id"], "--key", str(key)) == 2
    assert "is readable by others: run 'chmod 600" in terminal.err
    key.chmod(0o600)
    assert terminal.run("release", "approve", made["id"], "--key", str(key)) == 2
    assert "holds no private key that can sign" in terminal.err


def test_without_the_extra_signing_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "securesystemslib.dsse", None)
    statement = {"payload": "e30=", "payload_type": "x"}
    with pytest.raises(RequestRefused, match=r"pip install 'securesystemslib\[crypto\]"):
        signing.signed_with(statement, str(tmp_path / "ann.pem"))


def test_what_the_gates_saw_is_listed_by_metric(lab: Terminal) -> None:
    start(lab)
    rollout = Rollout.objects.get()
    for metric in ("confidence", "errors"):
        GateLook.objects.create(
            rollout=rollout,
            wave=rollout.waves.all()[0],
            gate="telemetry",
            metric=metric,
            estimate=-0.01,
            verdict="inconclusive",
            sentence="inconclusive, because little is known",
        )
    rows = lab.json("rollout", "looks", rollout.public_id)
    assert [row["metric"] for row in rows] == ["confidence", "errors"]
    only = lab.json("rollout", "looks", rollout.public_id, "--metric", "errors")
    assert [(row["metric"], row["estimate"]) for row in only] == [("errors", -0.01)]
