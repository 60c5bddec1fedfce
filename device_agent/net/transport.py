"""HTTP, bounded: every body has a cap, every wait a deadline, no redirect is followed unseen.

* ``fetch`` reads a small body whole; ``stream`` hands out a large one piece by piece.
* Anything that is not an HTTP answer in time is ``ServiceUnreachable``: try again later. So is an
  address that cannot be read: links come from the other side.
* Bytes are taken as they come: a compressed answer, which nobody asked for, never grows in memory.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from device_agent import __version__
from device_agent.errors import Misconfigured, ServiceUnreachable

USER_AGENT = f"edgefleet-agent/{__version__}"  # by which a service knows who follows redirects
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
HEAD_SECONDS = 60.0  # for status and headers, however they drip
BODY_SECONDS = 60.0  # for a whole small body
PIECE = 64 * 1024  # bytes read at once


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Stream(Protocol):
    """An answer whose body is still to be read."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case."""
        ...

    def read(self) -> bytes:
        """Return the next piece, as soon as there is any; nothing at the end."""
        ...


class Wire(Protocol):
    """The way to the service."""

    def fetch(self, request: Request, *, limit: int) -> Response:
        """Ask, and read at most ``limit`` bytes of answer."""
        ...

    def stream(self, request: Request) -> AbstractContextManager[Stream]:
        """Ask, and read the answer as it comes."""
        ...


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port: what credentials belong to."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ServiceUnreachable(f"{url[:200]!r} is not an address: {error}.") from error
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port or default


def joined(base: str, link: str) -> str:
    """Return the address that a link means."""
    try:
        return urljoin(base, link)
    except ValueError as error:
        raise ServiceUnreachable(f"{link[:200]!r} is not an address: {error}.") from error


class UrllibWire:
    """The real wire, with one connection kept open."""

    def __init__(self, *, ca_file: str | None = None) -> None:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        try:
            context = ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            raise Misconfigured(f"The CA file {ca_file} cannot be read: {error}.") from error
        self._pool = urllib3.PoolManager(
            num_pools=2, maxsize=1, retries=False, timeout=timeout, ssl_context=context
        )
        self._pool.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def fetch(self, request: Request, *, limit: int) -> Response:
        """See ``Wire``."""
        deadline = time.monotonic() + BODY_SECONDS
        with self.stream(request) as stream:
            body = bytearray()
            while piece := stream.read():
                body += piece
                if len(body) > limit:
                    raise ServiceUnreachable(
                        f"The answer of {request.url} has more than {limit} bytes."
                    )
                if time.monotonic() > deadline:
                    raise ServiceUnreachable(f"The answer of {request.url} takes too long.")
            return Response(stream.status, stream.headers, bytes(body))

    @contextmanager
    def stream(self, request: Request) -> Iterator[Stream]:
        """See ``Wire``."""
        headers = {"Accept-Encoding": "identity", "User-Agent": USER_AGENT, **request.headers}
        try:
            answer = self._pool.request(
                request.method,
                request.url,
                headers=headers,
                body=request.body,
                preload_content=False,
                decode_content=False,
                redirect=False,
            )
        except (HTTPError, ValueError) as error:
            raise ServiceUnreachable(f"{request.url} did not answer: {_cause(error)}.") from error
        stream = _UrllibStream(answer, request.url)
        try:
            yield stream
        finally:
            stream.close()


@contextmanager
def _cut_at_deadline(line: socket.socket | None) -> Iterator[None]:
    """Hang up after ``HEAD_SECONDS``: a peer that drips keeps every single wait short."""
    if line is None:
        yield
        return
    late = threading.Event()
    timer = threading.Timer(HEAD_SECONDS, _hang_up, [line, late])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():  # what came until then passes for a short head
        raise TimeoutError("the head takes too long")


def _hang_up(line: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):  # it may be closed by now
        # The plain call, also for TLS: its own would take the session from under the reader.
        socket.socket.shutdown(line, socket.SHUT_RDWR)


class _Line(HTTPConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override] # as in urllib3 itself
        with _cut_at_deadline(self.sock):
            return super().getresponse()


class _TlsLine(HTTPSConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override] # as in urllib3 itself
        with _cut_at_deadline(self.sock):
            return super().getresponse()


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Line


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsLine


class _UrllibStream:
    def __init__(self, answer: urllib3.BaseHTTPResponse, url: str) -> None:
        self._answer, self._url = answer, url
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self._ended = False

    def read(self) -> bytes:
        try:
            piece = self._answer.read1(PIECE)
        except (HTTPError, OSError) as error:
            raise ServiceUnreachable(
                f"The answer of {self._url} broke off: {_cause(error)}."
            ) from error
        self._ended = not piece
        return piece

    def close(self) -> None:
        # A connection with an unread body cannot be used again.
        if self._ended:
            self._answer.release_conn()
        else:
            self._answer.close()


def _cause(error: BaseException) -> str:
    inner = getattr(error, "reason", None) or error
    return f"{type(inner).__name__} {inner}"[:200].rstrip(".")
