"""urllib3 against a real server that cuts, lies, hangs and redirects."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from device_agent.errors import Misconfigured, ServiceUnreachable
from device_agent.net import transport
from device_agent.net.transport import Request, UrllibWire, origin
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import SimDevice
from tests.device_agent.simulators.http_server import Faults, serving
from tests.device_agent.simulators.service import SimService

BUNDLE = bundle_of("1.0", size=300_000)


@contextmanager
def device_behind(faults: Faults) -> Iterator[SimDevice]:
    service = SimService()
    with serving(service, faults):
        device = SimDevice(service)
        device.wire = UrllibWire()  # type: ignore[assignment]
        device.enrol()
        service.publish("1.0", BUNDLE)
        yield device


def test_a_whole_update_over_a_socket() -> None:
    with device_behind(Faults()) as device:
        device.update(device.boot())
        assert device.service.actions[0].state == "success"


@pytest.mark.parametrize("cut", [0, 1, 511, 65_536, 200_000, len(BUNDLE) - 1])
def test_a_body_that_breaks_off_is_continued(cut: int) -> None:
    with device_behind(Faults(cut_after=cut, times=1)) as device:
        with pytest.raises(ServiceUnreachable):
            device.boot().visit()
        held = device.storage.size("download/bundle.part") or 0
        assert held <= cut
        device.update(device.boot())
        assert device.service.actions[0].state == "success"


def test_a_poll_that_breaks_off_is_no_answer() -> None:
    faults = Faults(where="/dev-1", cut_after=5, times=1)
    with device_behind(faults) as device:
        agent = device.boot()
        with pytest.raises(ServiceUnreachable):
            agent.visit()
        device.update(agent)
        assert device.service.actions[0].state == "success"


def test_an_endless_answer_is_cut_at_its_limit() -> None:
    huge = b"[" + b"0," * 500_000
    faults = Faults(
        where="/dev-1", edit=lambda reply: (200, {"content-length": str(len(huge))}, huge)
    )
    with device_behind(faults) as device, pytest.raises(ServiceUnreachable, match="more than"):
        device.boot().visit()


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(ServiceUnreachable, match="did not answer"):
            UrllibWire().fetch(Request("GET", url), limit=10)


def test_an_address_that_is_none_is_unreachable() -> None:
    with pytest.raises(ServiceUnreachable):
        UrllibWire().fetch(Request("GET", "http://["), limit=10)


def test_a_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(ServiceUnreachable, match="did not answer"):
            UrllibWire().fetch(Request("GET", url), limit=10)


def test_a_body_that_drips_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BODY_SECONDS", 0.0)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(answer + b"x")
                connection.recv(65536)
                connection.sendall(b"x")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(ServiceUnreachable, match="takes too long"):
            UrllibWire().fetch(Request("GET", url), limit=1000)
        thread.join(5)


def test_a_wrong_ca_file_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"nowhere\.pem"):
        UrllibWire(ca_file="/nowhere.pem")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.test/x", "http://a.test:80/y", True),
        ("https://A.test", "https://a.test:443", True),
        ("http://a.test", "https://a.test", False),
        ("http://a.test", "http://a.test:81", False),
        ("http://a.test", "http://a.test.evil", False),
        ("http://a.test", "http://a.test@evil.test", False),
    ],
)
def test_what_credentials_belong_to(one: str, other: str, *, same: bool) -> None:
    assert (origin(one) == origin(other)) == same
