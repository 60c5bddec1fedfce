"""The status names what runs, what is under way, what went wrong, when, and what is doubted."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from device_agent.config import Config
from device_agent.errors import ServiceUnreachable
from device_agent.loop import Loop
from device_agent.slot_runner import SlotRunner
from device_agent.state.machine import STARTS_LIMIT
from device_agent.status import last_contact
from device_agent.status.collect import status
from device_agent.status.last_contact import Contact
from device_agent.status.text import lines
from device_agent.storage.port import FileStorage
from tests.device_agent.simulators.bundles import WRONG, bundle_of
from tests.device_agent.simulators.device import CONFIG, SimDevice, enrolled_device
from tests.device_agent.simulators.service import ISSUED_AT, SimService

NOWHERE = replace(CONFIG, runtime_dir="/nonexistent")


def told(device: SimDevice, config: Config = NOWHERE) -> tuple[dict[str, object], dict[str, str]]:
    """As JSON, and as a line for each name."""
    found = status(device.storage, config, device.clock)
    assert json.loads(json.dumps(found)) == found
    return found, {line[:9].strip(): line[10:] for line in lines(found)}


def test_a_device_that_is_not_enrolled() -> None:
    found, line = told(SimDevice(SimService()))
    assert (found["controller_id"], found["state"]) == (None, "unknown")
    assert line["device"] == "not enrolled (-)"
    assert line["runs"] == "no model, slot -"
    assert line["slots"] == "both empty"


def test_what_runs_and_what_waits() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    agent.visit()
    found, line = told(device)
    assert found["phase"] == "trial"
    assert line["runs"] == "digits 1.0, slot a, on trial"
    agent.check_trial()
    found, line = told(device)
    assert (found["active"], found["counter"], found["undelivered"]) == ("a", 1, 1)
    assert line["runs"] == "digits 1.0, slot a"
    assert line["slots"] == "a: digits 1.0"
    assert line["outcome"] == "success: Confirmed after its trial."
    assert line["waiting"] == "0 windows, 1 outcomes"


def test_an_update_under_way() -> None:
    device = enrolled_device()
    bundle = bundle_of("1.0", library=bytes(4000))
    device.service.publish("1.0", bundle)
    device.wire.cut_at = 1024
    with pytest.raises(ServiceUnreachable):
        device.boot().visit()
    found, line = told(device)
    assert found["fetched_bytes"] == 1024
    assert line["update"] == f"fetching digits 1.0, 1024 of {len(bundle)} bytes here"


def test_why_an_update_was_refused() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"), device="dev-2")
    device.boot().visit()
    _, line = told(device)
    assert line["outcome"].startswith("failure: rejected: The instruction is for device 'dev-2'")


def test_a_digest_that_failed() -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0", library=WRONG))
    device.boot().visit()
    found, line = told(device)
    assert found["failed"] == [action.told.artifact.sha256]
    assert "Golden vector 0" in line["outcome"]


def test_a_model_that_is_not_started_any_more() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))
    device.update(device.boot())
    for _ in range(STARTS_LIMIT + 1):
        device.boot()
    _, line = told(device)
    assert "not started: it ended the agent" in line["runs"]


def test_updates_that_are_held(tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    _, line = told(enrolled_device(), replace(NOWHERE, hold_file=str(hold)))
    assert line["update"] == "idle; held by the hold file"


@pytest.mark.parametrize(
    ("years", "doubted"), [(0, False), (-50, True), (20, True), (10**7, True)], ids=str
)
def test_a_clock_that_cannot_be_right(years: int, doubted: bool) -> None:
    device = enrolled_device()
    device.clock.offset += years * 365.25 * 86_400
    found, line = told(device)
    clock = found["clock"]
    assert isinstance(clock, Mapping)
    assert clock["believed"] is not doubted
    assert ("not believed: expiry is judged by 2026-01-01" in line["clock"]) is doubted


def test_a_clock_that_goes_on_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    device = enrolled_device()
    monkeypatch.setattr(device.clock, "wall", itertools.count(ISSUED_AT).__next__)
    found, _ = told(device)
    clock = found["clock"]
    assert isinstance(clock, Mapping)
    assert clock["believed"] is True


def test_when_the_service_was_asked_and_will_be(tmp_path: Path) -> None:
    device = enrolled_device()
    now = device.clock.uptime()
    config = replace(CONFIG, runtime_dir=str(tmp_path))
    last_contact.keep(tmp_path, Contact(now - 12, now + 18))
    assert told(device, config)[1]["visit"] == "12 s ago; next in 18 s"
    last_contact.keep(tmp_path, Contact(now - 95, now - 5, "It did not answer.", 2))
    assert told(device, config)[1]["visit"] == (
        "95 s ago failed: It did not answer; next was due 5 s ago; does the agent run?; "
        "2 windows lost"
    )


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"[]",
        b"{}",
        b'{"at": "x", "next_at": 1, "error": "", "windows_lost": 0}',
        b'{"at": 9e99, "next_at": 1, "error": "", "windows_lost": 0}',
        b"\xff",
    ],
    ids=repr,
)
def test_a_note_of_a_visit_that_makes_no_sense(tmp_path: Path, note: bytes) -> None:
    (tmp_path / last_contact.NAME).write_bytes(note)
    _, line = told(enrolled_device(), replace(CONFIG, runtime_dir=str(tmp_path)))
    assert line["visit"].startswith("no note of one")


def test_the_loop_notes_every_visit_and_what_stopped_it(tmp_path: Path) -> None:
    device = enrolled_device()
    files, on_visit = FileStorage(tmp_path), list[Contact]()
    agent = device.boot()
    loop = Loop(
        agent, SlotRunner(agent, files), iter(()), uniform=lambda: 0.5, on_visit=on_visit.append
    )
    loop.turn()
    device.wire.down = True
    agent.spool.lose()
    while len(on_visit) < 2:
        loop.turn()
    first, second = on_visit
    assert (first.error, first.next_at - first.at) == ("", device.service.sleep_seconds)
    assert (second.error, second.windows_lost) == ("The service is down.", 1)
    assert second.next_at > second.at


def test_a_memory_of_which_half_is_damaged() -> None:
    device = enrolled_device()
    device.boot()
    device.boot()
    device.storage.files["state.0"].data.clear()
    found, line = told(device)
    assert found["state_damaged"] is True
    assert line["memory"] == "one of its two files is damaged"


def test_asking_changes_nothing() -> None:
    device = enrolled_device()
    device.boot()
    before = device.storage.operations
    told(device)
    assert device.storage.operations == before
