"""A real serial line in the console's framing: an answer that is cut, doubled, or has a wrong
checksum costs its question, and the next one is heard.
"""

import base64
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from device_agent.clock import SystemClock
from device_agent.gateway.line.conversation import Conversation
from device_agent.gateway.line.link import ChildSilent
from device_agent.gateway.settings import ChildSettings, LineKind
from device_agent.protocol.chip.packet import SmpGroup
from device_agent.protocol.chip.smp_group import Command
from tests.simulators.board import framed
from tests.simulators.chip import SimChip

pytest.importorskip("smpclient", reason="smpclient is not installed")
from device_agent.gateway.line.smp_link import SmpLink

ANSWER_SECONDS = 1.0
Edit = Callable[[bytes], bytes]


def wrong_letter(line: bytes) -> bytes:
    """Another letter of base64 where the checksum is."""
    return line[:-6] + (b"A" if line[-6:-5] != b"A" else b"B") + line[-5:]


DAMAGE: dict[str, Edit] = {
    "a wrong checksum": wrong_letter,
    "cut": lambda line: line[: len(line) // 2] + b"\n",
    "noise": lambda line: b"\x06\x09####\n",
}


class LineServer:
    """A terminal server with a simulated chip; the first answer is damaged."""

    def __init__(self, edit: Edit) -> None:
        self.chip, self._edit = SimChip(buffer_bytes=384), edit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line:
                self._converse(line)

    def _converse(self, line: socket.socket) -> None:
        with line.makefile("rb") as told:
            for text in told:
                answer = self.chip.handle(unframed(text))
                assert answer is not None
                edit, self._edit = self._edit, lambda whole: whole
                line.sendall(edit(framed(answer)))


def unframed(line: bytes) -> bytes:
    """The packet of a question, which fits one line."""
    return base64.b64decode(line[2:])[2:-2]


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Conversation]:
    server = LineServer(request.param)
    settings = ChildSettings("mcu-1", LineKind.CONSOLE, server.address)
    link = SmpLink(settings)
    yield Conversation(link, SystemClock(), answer_seconds=ANSWER_SECONDS)
    link.close()
    server.close()


@pytest.mark.parametrize("served", DAMAGE.values(), ids=DAMAGE, indirect=True)
def test_it_is_asked_for_again(served: Conversation) -> None:
    assert served.ask(SmpGroup.CHIP, Command.SLOTS, tries=2)["active"] == 0
    assert served.quality.lost == 1


@pytest.mark.parametrize("served", [lambda line: line * 2], ids=["doubled"], indirect=True)
def test_an_answer_that_comes_twice_answers_once(served: Conversation) -> None:
    for _ in range(2):
        assert served.ask(SmpGroup.CHIP, Command.SLOTS, tries=1)["active"] == 0
    assert served.quality.lost == 0


@pytest.mark.parametrize("served", [wrong_letter], ids=["once"], indirect=True)
def test_a_question_that_may_be_asked_once_is_unanswered(served: Conversation) -> None:
    with pytest.raises(ChildSilent):
        served.ask(SmpGroup.CHIP, Command.SLOTS, tries=1)
