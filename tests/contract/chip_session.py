"""One conversation between a gateway and a chip that was never given a model, question by question.

A file of `tests/contract/chip` holds each as hexadecimal: `request`, `answer`. `chip` tells what
board it is; whoever writes another server for this grammar sets it up so, and plays them in order.
"""

import hashlib
from collections.abc import Iterator

from device_agent.protocol.chip.image import ModelImage, dump_model_image, target_digest
from device_agent.protocol.chip.packet import Operation, Packet, SmpGroup, dump_packet
from device_agent.protocol.chip.smp_group import Command
from device_agent.protocol.frame import Frame, FrameFlags
from tests.simulators.chip import SimChip

IMAGE = dump_model_image(
    ModelImage(0, 0, 0, 0, 0, 3, target_digest("cortex-m4f"), bytes(32), b"\x22" * 32),
    bytes(range(40)),
)
SHA = hashlib.sha256(IMAGE).digest()
WINDOW = Frame(b"\x33" * 8, 1, 7, 900, 60, 1, FrameFlags.NONE, b"\x01")
READ, WRITE = Operation.READ, Operation.WRITE


def chip() -> SimChip:
    """Id 01 to 08, board mps2_an386, target cortex-m4f, firmware 1.0.0, first boot, one window."""
    made = SimChip(hardware_id=bytes(range(1, 9)), room_bytes=65_536)
    made.seal(WINDOW)
    return made


def requests() -> dict[str, Packet]:
    """The questions, in order."""
    sha: dict[str, object] = {"sha": SHA}
    first = {"off": 0, "len": len(IMAGE), "sha": SHA, "data": IMAGE[:96]}
    wrong = {"off": 0, "len": 65_537, "sha": bytes(32), "data": b""}
    listed: list[tuple[str, Operation, int, dict[str, object]]] = [
        ("identity", READ, Command.IDENTITY, {}),
        ("a-window-waits", READ, Command.WINDOWS, {}),
        ("the-window-is-kept-elsewhere", WRITE, Command.WINDOWS, {"boot": 1, "seq": 7}),
        ("it-is-dropped-once", WRITE, Command.WINDOWS, {"boot": 1, "seq": 7}),
        ("no-window-waits", READ, Command.WINDOWS, {}),
        ("nothing-to-prove", READ, Command.PROOF, {}),
        ("empty-slots", READ, Command.SLOTS, {}),
        ("an-image-too-long", WRITE, Command.UPLOAD, wrong),
        ("first-piece", WRITE, Command.UPLOAD, first),
        ("first-piece-again", WRITE, Command.UPLOAD, first),
        ("a-piece-too-far", WRITE, Command.UPLOAD, {"off": 128, "data": b"x"}),
        ("last-piece", WRITE, Command.UPLOAD, {"off": 96, "data": IMAGE[96:]}),
        ("received", READ, Command.SLOTS, {}),
        ("switch-with-another-counter", WRITE, Command.SWITCH, sha | {"counter": 2}),
        ("switch", WRITE, Command.SWITCH, sha | {"counter": 3}),
        ("on-trial", READ, Command.SLOTS, {}),
        ("proven", READ, Command.PROOF, {}),
        ("confirm", WRITE, Command.CONFIRM, sha),
        ("confirm-again", WRITE, Command.CONFIRM, sha),
        ("good", READ, Command.SLOTS, {}),
        ("never-the-active-slot", WRITE, Command.ERASE, {"slot": 0}),
        ("nothing-is-there", WRITE, Command.CONFIRM, {"sha": bytes(32)}),
        ("a-command-of-another-time", READ, 99, {}),
    ]
    return {
        f"{number:02}-{name}": Packet(operation, SmpGroup.CHIP, command, number, payload)
        for number, (name, operation, command, payload) in enumerate(listed)
    }


def exchanges() -> Iterator[tuple[str, bytes, bytes]]:
    """Each question with the simulated chip's answer."""
    asked = chip()
    for name, packet in requests().items():
        request = dump_packet(packet)
        answer = asked.handle(request)
        assert answer is not None
        yield name, request, answer
