"""A webhook's URL is a person's input: it must not lead to this service's own networks."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import Refused
from fleet.telemetry.monitor.notifications.addresses import is_allowed, networks, parsed_url
from fleet.telemetry.monitor.notifications.post import PostFailed, post

INNER = (
    "127.0.0.1 127.8.9.1 10.0.0.1 172.16.3.4 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 "
    "224.0.0.1 255.255.255.255 192.0.2.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 ff02::1 "
    "::ffff:127.0.0.1 ::ffff:169.254.169.254 2002:7f00:1:: 64:ff9b::a00:1 64:ff9b::7f00:1 nonsense"
).split()


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_refused_however_it_is_wrapped(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_an_address_of_the_world_is_not(address: str) -> None:
    assert is_allowed(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_a_named_network_is_allowed_and_no_other(address: Any) -> None:
    assert is_allowed(str(address), networks(["10.0.0.0/8"]))
    assert not is_allowed(str(address), networks(["192.168.0.0/16"]))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://exam\nple.com/",
        "//example.com",
        "javascript:alert(1)",
    ],
)
def test_what_is_not_a_webhook_s_url_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="URL"):
        parsed_url(url, plain=False)


def test_a_name_is_judged_by_where_it_leads(monkeypatch: Any) -> None:
    def leads(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", leads)
    with pytest.raises(PostFailed, match="own networks"):
        post(urlsplit("https://harmless.example.com/"), b"{}", {})


def test_the_checked_address_is_the_one_that_is_called(monkeypatch: Any) -> None:
    """A name that changes between check and call leads nowhere: it is asked once."""
    asked: list[str] = []

    def leads(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))]

    def connect(address: tuple[str, int], **_: Any) -> socket.socket:
        assert address == ("8.8.8.8", 80)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", leads)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(PostFailed, match="cannot be called"):
        post(urlsplit("http://twice.example.com/"), b"{}", {})
    assert asked == ["twice.example.com"]


def test_a_server_that_only_trickles_is_left(monkeypatch: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = urlsplit(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    with listener, pytest.raises(PostFailed, match=r"longer|does not answer"):
        post(url, b"{}", {}, allowed=networks(["127.0.0.0/8"]), seconds=0.2)
