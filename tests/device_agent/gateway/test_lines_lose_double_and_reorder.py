"""An answer counts only for its own question; everything else on the line is noise."""

from collections.abc import Callable

import pytest

from device_agent.gateway.line.conversation import Conversation, SmpRefused
from device_agent.gateway.line.link import ChildSilent
from device_agent.protocol.chip.packet import SmpGroup
from device_agent.protocol.chip.smp_group import ChipRefusal, Command
from tests.device_agent.simulators.device import SimClock
from tests.simulators.chip import MemoryLink, SimChip

late: list[bytes] = []


def one_behind(answer: bytes) -> list[bytes]:
    """Each answer comes with the question after its own."""
    late.append(answer)
    return late[:-1][-1:]


def flipped(answer: bytes) -> bytes:
    return answer[:4] + bytes([answer[4] ^ 0xFF]) + answer[5:]


NOISE: dict[str, Callable[[bytes], list[bytes]]] = {
    "cut": lambda answer: [answer[:-1], answer],
    "doubled": lambda answer: [answer, answer],
    "of another group": lambda answer: [flipped(answer), answer],
    "no packet": lambda answer: [b"", b"\xff" * 40, answer],
    "longer than it says": lambda answer: [answer + b"\x00", answer],
    "of another question": lambda answer: [answer[:6] + b"\xee" + answer[7:], answer],
}


def asked_over(edit: Callable[[bytes], list[bytes]]) -> Conversation:
    link = MemoryLink(SimChip())
    link.edit = edit
    return Conversation(link, SimClock())


@pytest.mark.parametrize("name", NOISE)
def test_noise_before_an_answer_is_dropped(name: str) -> None:
    asked = asked_over(NOISE[name])
    for _ in range(3):
        assert asked.ask(SmpGroup.CHIP, Command.SLOTS)["active"] == 0
    assert asked.quality.lost == 0
    assert asked.quality.strays >= 2


def test_an_answer_that_comes_one_question_late_answers_nothing() -> None:
    late.clear()
    asked = asked_over(one_behind)
    with pytest.raises(ChildSilent):
        asked.ask(SmpGroup.CHIP, Command.SLOTS)
    assert asked.quality.lost == 3


def test_a_line_that_never_ends_is_left() -> None:
    asked = asked_over(lambda answer: [b"\x00" * 12] * 1000)
    with pytest.raises(ChildSilent):
        asked.ask(SmpGroup.CHIP, Command.SLOTS, tries=1)
    assert asked.quality.strays == 32


def test_a_refusal_is_an_answer() -> None:
    asked = asked_over(lambda answer: [answer])
    with pytest.raises(SmpRefused) as caught:
        asked.ask(SmpGroup.CHIP, Command.CONFIRM, {"sha": bytes(32)}, write=True)
    assert caught.value.fault.code == ChipRefusal.NOTHING_THERE
    assert asked.quality.asked == 1
