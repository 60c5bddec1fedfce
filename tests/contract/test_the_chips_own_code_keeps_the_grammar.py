"""The C sources of the chip answer each committed question with the committed bytes, in order."""

import json
from pathlib import Path

import cbor2
import pytest

from tests.simulators.board import HEADER
from tests.simulators.whole_chip import WholeChip

FOLDER = Path(__file__).parent / "chip"
WINDOW = "01-a-window-waits"
pytestmark = pytest.mark.toolchain


def told(name: str) -> tuple[bytes, bytes]:
    held = json.loads((FOLDER / f"{name}.json").read_text())
    return bytes.fromhex(held["request"]), bytes.fromhex(held["answer"])


def test_the_whole_conversation_has_the_same_bytes() -> None:
    names = sorted(path.stem for path in FOLDER.glob("*.json"))
    assert len(names) > 20
    chip = WholeChip(hardware_id=bytes(range(1, 9)))
    chip.seal(cbor2.loads(told(WINDOW)[1][HEADER.size :])["frame"])
    answers = {name: chip.packet(told(name)[0]).hex() for name in names}
    assert answers == {name: told(name)[1].hex() for name in names}
