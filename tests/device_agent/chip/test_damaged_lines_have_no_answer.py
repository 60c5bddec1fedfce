"""A packet whose lines are cut, doubled, out of order or wrong is none for the chip; the next whole
one is answered.
"""

import base64
from collections.abc import Callable

import cbor2
import pytest

from tests.simulators.board import FIRST, GROUP_OS, HEADER, MORE, framed
from tests.simulators.whole_chip import WholeChip

pytestmark = pytest.mark.toolchain
Lines = list[bytes]
TEXT = "x" * 200  # of an echo: a packet of three lines


def request(text: str = TEXT) -> bytes:
    data = cbor2.dumps({"d": text})
    return HEADER.pack(1 << 3 | 2, 0, len(data), GROUP_OS, 7, 0) + data


def lines(text: str = TEXT) -> Lines:
    return framed(request(text)).splitlines(keepends=True)


def other_checksum(given: Lines) -> Lines:
    """The last two bytes are another CRC."""
    whole = b"".join(base64.b64decode(line[2:]) for line in given)
    text = base64.b64encode(whole[:-1] + bytes([whole[-1] ^ 1]))
    cut = [text[at : at + 124] for at in range(0, len(text), 124)]
    return [(MORE if at else FIRST) + line + b"\n" for at, line in enumerate(cut)]


def longer(given: Lines) -> Lines:
    """The head tells more bytes than follow."""
    raw = base64.b64decode(given[0][2:])
    return [FIRST + base64.b64encode(raw[:1] + b"\xff" + raw[2:]) + b"\n", *given[1:]]


DAMAGE: dict[str, Callable[[Lines], Lines]] = {
    "its checksum is wrong": other_checksum,
    "it is cut": lambda given: given[:-1],
    "its first line is missing": lambda given: given[1:],
    "a line is missing": lambda given: [given[0], given[2]],
    "its lines are in another order": lambda given: [given[0], given[2], given[1]],
    "a line comes twice": lambda given: [given[0], given[1], given[1], given[2]],
    "a letter is none": lambda given: [given[0], given[1][:9] + b"*" + given[1][10:], given[2]],
    "a line is longer than lines are": lambda given: [
        given[0][:-1] + b"A" * 90 + b"\n",
        *given[1:],
    ],
    "it tells another length": longer,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_packet_has_no_answer_and_the_next_one_has(name: str) -> None:
    chip = WholeChip()
    assert len(lines()) == 3
    assert chip.hear(b"".join(DAMAGE[name](lines()))) == b""
    assert answers(chip.hear(framed(request("still here")))) == ["still here"]


def test_a_packet_that_comes_twice_is_answered_twice() -> None:
    assert answers(WholeChip().hear(framed(request()) * 2)) == [TEXT, TEXT]


def answers(sent: bytes) -> list[str]:
    """What the echoes say, in order."""
    packets: list[bytes] = []
    for line in sent.splitlines():
        packets = [*packets, b""] if line.startswith(FIRST) else packets
        packets[-1] += base64.b64decode(line[2:])
    return [cbor2.loads(packet[2 + HEADER.size : -2])["r"] for packet in packets]
