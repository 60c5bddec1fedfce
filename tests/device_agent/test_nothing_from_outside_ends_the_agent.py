"""Links, texts, inputs and models that no honest side sends: the agent goes on, and says so."""

import gzip
import json
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from device_agent.config import Config
from device_agent.errors import AgentError, Misconfigured, NotProven, ServiceUnreachable
from device_agent.model.input_source import open_feed
from device_agent.model.quantise import quantise
from device_agent.net import transport
from device_agent.net.transport import Request, UrllibWire
from device_agent.protocol import fields
from device_agent.protocol.canonical import parse_json
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.frame import Frame, FrameFlags
from device_agent.protocol.manifest import Tensor
from device_agent.state.record import Slot
from device_agent.storage.port import FileStorage
from device_agent.update.prover import ChildProver
from device_agent.update.repository import ChildRepository
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import SimDevice, enrolled_device
from tests.device_agent.simulators.ranges import Reply
from tests.device_agent.simulators.service import SimService, json_reply

NO_ADDRESSES = ["http://[/x", "http://service.test:99999/x", "http://service.test:x/y"]


def with_link(device: SimDevice, relation: str, href: str) -> None:
    def fault(request: Request, reply: Reply) -> Reply:
        if not request.url.endswith("/dev-1"):
            return reply
        poll = json.loads(reply[2])
        poll["_links"][relation] = {"href": href}
        return json_reply(poll)

    device.wire.fault = fault


@pytest.mark.parametrize("href", NO_ADDRESSES)
@pytest.mark.parametrize("relation", ["deploymentBase", "cancelAction", "configData", "telemetry"])
def test_a_link_that_is_no_address_is_an_answer_that_did_not_come(relation: str, href: str) -> None:
    device = enrolled_device()
    agent = device.boot()
    agent.spool.put(Frame(b"abcd", 1, 1, 0, 1, 1, FrameFlags.NONE, b""))
    with_link(device, relation, href)
    with pytest.raises(ServiceUnreachable, match="is not an address"):
        agent.visit()
    device.wire.fault = lambda request, reply: reply
    device.service.publish("1.0", bundle_of("1.0"))
    device.update(agent)
    assert agent.state.active == "a"


def test_a_redirect_to_no_address_is_waited_out() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    device.wire.fault = lambda request, reply: (
        (302, {"location": "http://["}, b"") if "/artifacts/" in request.url else reply
    )
    with pytest.raises(ServiceUnreachable, match="is not an address"):
        agent.visit()
    device.wire.fault = lambda request, reply: reply
    device.update(agent)
    assert agent.state.active == "a"


@pytest.mark.parametrize("address", ["http://[", "http://service.test:99999/x", "ftp://x/y"])
def test_an_enrolment_never_keeps_an_address_that_nobody_can_ask(address: str) -> None:
    device = SimDevice(SimService())

    def fault(request: Request, reply: Reply) -> Reply:
        return json_reply({**json.loads(reply[2]), "poll_url": address}, 201)

    device.wire.fault = fault
    with pytest.raises((ServiceUnreachable, Misconfigured)):
        device.enrol()
    device.wire.fault = lambda request, reply: reply
    device.enrol()  # the same key, and the code that was spent on it
    device.boot().visit()


@pytest.mark.parametrize("text", [b'{"a": "\\ud800"}', b'{"\\udfff": 1}', b'["\xed\xa0\x80"]'])
def test_half_a_character_is_no_json(text: bytes) -> None:
    with pytest.raises(ProtocolError, match="not JSON"):
        parse_json(text, limit_bytes=100, what="It")


def test_whole_characters_in_two_halves_are_read() -> None:
    assert parse_json(b'["\\ud83d\\ude00"]', limit_bytes=100, what="It") == ["\U0001f600"]


def test_an_integer_beyond_all_floats_is_not_finite() -> None:
    with pytest.raises(ProtocolError, match="finite"):
        fields.number({"scale": 10**400}, "scale")


@pytest.mark.parametrize(("value", "byte"), [(3.4e38, 127), (-3.4e38, 128)])
def test_an_input_beyond_the_range_of_its_quotient_is_clipped(value: float, byte: int) -> None:
    taken = quantise([value], Tensor("x", "int8", (1,), 0.003, 0, 1))
    assert taken.data == bytes([byte])
    assert taken.clipped_high != taken.clipped_low


def test_a_compressed_answer_is_not_blown_up() -> None:
    bomb = gzip.compress(bytes(10**7))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with served(lambda line: line.sendall(head + bomb)) as url:
        assert UrllibWire().fetch(Request("GET", url), limit=len(bomb)).body == bomb


@pytest.mark.parametrize(
    "drop", [b"HTTP/1.1 100 Continue\r\n\r\n", b"x"], ids=["continue for ever", "one long line"]
)
def test_a_head_that_drips_is_left_at_its_deadline(
    drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "HEAD_SECONDS", 0.3)

    def drip(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nX: " if drop == b"x" else b"")
        while True:
            line.sendall(drop)
            time.sleep(0.01)

    with served(drip) as url, pytest.raises(ServiceUnreachable, match="did not answer"):
        UrllibWire().fetch(Request("GET", url), limit=10)


class served:  # noqa: N801 - read as a verb
    """One connection, answered by a function of its socket."""

    def __init__(self, answer: Any) -> None:
        self._answer, self._server = answer, socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.getsockname()[1]}/"

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._thread.join(10)

    def _serve(self) -> None:
        line, _ = self._server.accept()
        with line:
            line.recv(65536)
            try:
                self._answer(line)
                line.recv(1)
            except OSError:  # the agent hung up
                return


def test_a_model_that_ends_by_a_signal_without_a_name_is_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended = SimpleNamespace(returncode=-(signal.SIGRTMIN + 1), stdout=b"")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(AgentError, match=f"signal {signal.SIGRTMIN + 1}"):
        ChildProver(tmp_path, deadline_seconds=1).prove(Slot.A)


def no_memory(*_: object, **__: object) -> None:
    raise BlockingIOError(11, "Resource temporarily unavailable")


def test_a_device_without_room_for_a_process_blames_no_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    agent.visit()
    agent.prover = ChildProver(tmp_path, deadline_seconds=1)
    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "run", no_memory)
        with pytest.raises(NotProven):
            agent.prover.prove(Slot.A)
        with pytest.raises(ServiceUnreachable, match="could not be asked"):
            ChildRepository(FileStorage(tmp_path)).look_up("http://x", "", root=b"{}", now=0)
        agent.check_trial()
    assert agent.state.trial == "a", "the trial goes on"
    agent.trial_passed()
    agent.visit()
    assert action.state == "success"


def test_an_address_that_no_process_can_be_given_is_not_asked(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnreachable, match="could not be asked"):
        ChildRepository(FileStorage(tmp_path)).look_up("http://x/\0", "", root=b"{}", now=0)


def absent_camera(config: Config) -> None:
    raise RuntimeError("no camera")


def test_a_feed_that_does_not_begin_leaves_the_agent_without_inputs() -> None:
    assert list(open_feed(Config(feed=f"{__name__}:absent_camera"))) == []
