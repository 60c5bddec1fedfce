"""A body is read whole, with a length or in chunks, and never beyond its limit."""

import io
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest

from fleet.lib.errors import Refused, TooLarge
from fleet.lib.rest.request_body import read_body

LIMIT = 100_000


class Slow(io.BytesIO):
    """Gives fewer bytes than it is asked for, as sockets do, and counts them."""

    given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(min(7, size if size is not None and size >= 0 else 7))
        self.given += len(piece)
        return piece


class Broken(io.BytesIO):
    """A server's own error, of no class that anybody knows."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise RuntimeError(size)


def request(stream: io.BytesIO, **environ: Any) -> WSGIRequest:
    plain = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": stream}
    return WSGIRequest(plain | environ)


def chunked(stream: io.BytesIO, **environ: Any) -> WSGIRequest:
    ends = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    return request(stream, **(ends | environ))


def read(of: Any, limit: int = LIMIT) -> bytes:
    return read_body(of, limit_bytes=limit, what="It")


@pytest.mark.parametrize("size", [0, 1, 7, 8, 16_384, 16_385, LIMIT])
def test_chunks_are_read_to_their_end(size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    assert read(chunked(io.BytesIO(body[:size]))) == body[:size]


def test_pieces_that_come_short_are_put_together() -> None:
    assert read(chunked(Slow(b"x" * 1000))) == b"x" * 1000


def test_no_more_than_one_byte_beyond_the_limit_is_read() -> None:
    stream = Slow(b"x" * 5000)
    with pytest.raises(TooLarge, match="more than the 100 bytes"):
        read(chunked(stream), 100)
    assert stream.given == 101


def test_chunks_go_before_a_length_that_contradicts_them() -> None:
    assert read(chunked(io.BytesIO(b"whole"), CONTENT_LENGTH="2")) == b"whole"


def test_chunks_that_break_off_are_refused() -> None:
    with pytest.raises(Refused, match="did not arrive whole"):
        read(chunked(Broken()))


def test_a_server_that_knows_no_end_is_not_waited_for() -> None:
    with pytest.raises(Refused, match="takes no chunks"):
        read(chunked(Broken(), **{"wsgi.input_terminated": False}))


def test_a_length_is_judged_before_anything_is_read() -> None:
    with pytest.raises(TooLarge, match="101 bytes"):
        read(request(Broken(), CONTENT_LENGTH="101"), 100)


def test_a_body_shorter_than_its_length_is_refused() -> None:
    with pytest.raises(Refused, match="did not arrive whole"):
        read(request(io.BytesIO(b"{}"), CONTENT_LENGTH="3"))


@pytest.mark.parametrize("length", ["-1", "1e3", "²", "+1", "9" * 5000])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    with pytest.raises(Refused, match="needs a Content-Length"):
        read(request(io.BytesIO(b"{}"), CONTENT_LENGTH=length))


def test_no_length_is_no_body() -> None:
    assert read(request(io.BytesIO(b"the next request"))) == b""


def test_an_asynchronous_server_brings_it_too() -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"transfer-encoding", b"chunked")],
    }
    assert read(ASGIRequest(scope, io.BytesIO(b"whole"))) == b"whole"
    with pytest.raises(TooLarge):
        read(ASGIRequest(scope, io.BytesIO(b"whole")), 4)
