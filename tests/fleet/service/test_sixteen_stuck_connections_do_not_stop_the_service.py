"""Readers that never read, half heads and half bodies hold no thread, and end after their time."""

import socket
import threading
from pathlib import Path

import pytest

from fleet.service import connections, web
from tests.fleet.service.serving import PATIENCE_SECONDS, ask, sent, serving

STUCK = 48  # three times as many as there are threads in all web processes
FILE_BYTES = 16 * 1024 * 1024  # more than the system keeps for a reader


@pytest.fixture
def large(tmp_path: Path) -> str:
    path = tmp_path / "large"
    path.write_bytes(bytes(FILE_BYTES))
    return f"GET /file?{path} HTTP/1.1\r\nHost: x\r\n\r\n"


def test_readers_that_never_read_stop_nobody(large: str) -> None:
    assert STUCK > 2 * web.THREADS
    with serving() as port, sent(port, large.encode(), STUCK) as lines:
        assert all(line.recv(12) == b"HTTP/1.1 200" for line in lines)
        assert ask(port)[0] == 200


def test_half_sent_heads_and_bodies_stop_nobody() -> None:
    body = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
    with serving() as port, sent(port, b"GET / HTT", STUCK), sent(port, body, STUCK):
        assert ask(port)[0] == 200


@pytest.mark.parametrize(
    "half", [b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"]
)
def test_half_requests_are_dropped(half: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.0)
    monkeypatch.setattr(connections, "BODY_GRACE_SECONDS", 0.0)
    with serving(cleanup_interval=0.01) as port, sent(port, half) as (line,):
        assert line.recv(100) == b""


def test_a_reader_that_takes_nothing_is_left(large: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(cleanup_interval=0.01) as port, sent(port, large.encode()) as (line,):
        assert line.recv(12) == b"HTTP/1.1 200"
        left = told_of_ends(monkeypatch)
        monkeypatch.setattr(connections, "STALLED_SECONDS", -1.0)
        assert left.wait(PATIENCE_SECONDS)
        assert _read_to_the_end(line) < FILE_BYTES


def test_near_the_limit_the_quietest_make_room() -> None:
    with (
        serving(cleanup_interval=0.01, connection_limit=20) as port,
        sent(port, b"GET / HTT", 40) as lines,
    ):
        assert ask(port)[0] == 200
        assert lines[0].recv(100) == b"", "the one that was silent the longest went first"


def test_a_slow_reader_gets_the_whole_file_in_the_end(large: str) -> None:
    with serving() as port, sent(port, large.encode()) as (line,):
        assert ask(port)[0] == 200
        assert _read_to_the_end(line, FILE_BYTES) >= FILE_BYTES


def told_of_ends(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What is set when the server has closed a connection."""
    told, end = threading.Event(), connections.LimitedChannel.handle_close

    def ended(channel: connections.LimitedChannel) -> None:
        end(channel)
        told.set()

    monkeypatch.setattr(connections.LimitedChannel, "handle_close", ended)
    return told


def _read_to_the_end(line: socket.socket, enough: int = 2 * FILE_BYTES) -> int:
    taken = 0
    try:
        while taken < enough and (piece := line.recv(1 << 20)):
            taken += len(piece)
    except ConnectionResetError:
        pass
    return taken
