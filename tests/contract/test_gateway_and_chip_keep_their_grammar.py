"""Questions to a chip and its answers have exactly the committed bytes; both sides read them."""

import json
import os
from pathlib import Path

import pytest

from device_agent.protocol.chip import smp_group
from device_agent.protocol.chip.packet import Fault, parse_fault, parse_packet
from tests.contract.chip_session import exchanges, requests

FOLDER = Path(__file__).parent / "chip"
FOUND = {name: (request.hex(), answer.hex()) for name, request, answer in exchanges()}
PARSERS = {
    "identity": smp_group.parse_identity,
    "a-window-waits": smp_group.parse_window,
    "no-window-waits": smp_group.parse_window,
    "nothing-to-prove": smp_group.parse_proof,
    "proven": smp_group.parse_proof,
    "empty-slots": smp_group.parse_slots,
    "good": smp_group.parse_slots,
    "first-piece": smp_group.parse_offset,
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_said_is_what_was_committed(name: str) -> None:
    path, (request, answer) = FOLDER / f"{name}.json", FOUND[name]
    if os.environ.get("UPDATE_GOLDEN"):
        told = {"name": name, "request": request, "answer": answer}
        path.write_text(json.dumps(told, indent=1) + "\n")
    held = json.loads(path.read_text())
    assert (held["request"], held["answer"]) == (request, answer)


def test_nothing_is_committed_that_nobody_says() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(FOUND)


@pytest.mark.parametrize("name", FOUND)
def test_what_was_committed_is_read_back(name: str) -> None:
    held = json.loads((FOLDER / f"{name}.json").read_text())
    request = parse_packet(bytes.fromhex(held["request"]), definite=True)
    answer = parse_packet(bytes.fromhex(held["answer"]), definite=True)
    assert request == requests()[name]
    assert answer.operation == request.operation + 1
    parse = PARSERS.get(name.partition("-")[2])
    assert parse is None or parse(answer.payload) is not None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("07-an-image-too-long", smp_group.ChipRefusal.NO_ROOM),
        ("13-switch-with-another-counter", smp_group.ChipRefusal.COUNTER_TOO_LOW),
        ("20-never-the-active-slot", smp_group.ChipRefusal.BUSY),
        ("21-nothing-is-there", smp_group.ChipRefusal.NOTHING_THERE),
        ("22-a-command-of-another-time", smp_group.ChipRefusal.UNKNOWN),
    ],
)
def test_a_no_has_its_number(name: str, code: int) -> None:
    assert parse_fault(parse_packet(bytes.fromhex(FOUND[name][1]))) == Fault(64, code)
