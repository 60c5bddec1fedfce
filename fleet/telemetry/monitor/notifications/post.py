"""One bounded POST to a stranger's server.

Guarantees: the address that is connected to is the one that was checked, after its name was
resolved; no redirect is followed and no proxy asked; once a name is resolved, the whole call ends
after `seconds`, however slowly the other side speaks; at most `ANSWER_MAX` bytes are read.
"""

import contextlib
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Timer
from typing import Final
from urllib.parse import SplitResult

from fleet.telemetry.monitor.notifications.addresses import Network, is_allowed

ANSWER_MAX: Final = 4096  # bytes
SECONDS: Final = 5.0  # of a whole call
HTTPS: Final = "https"
PORTS: Final = {HTTPS: 443, "http": 80}


class PostFailed(Exception):
    """No answer: the sentence says why."""


@dataclass(frozen=True)
class Reply:
    """What the other side said."""

    status: int
    text: str


def post(
    url: SplitResult,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Iterable[Network] = (),
    seconds: float = SECONDS,
) -> Reply:
    """Return the answer. Raises PostFailed."""
    host = url.hostname or ""
    connection = HTTPConnection(host, url.port or PORTS[url.scheme], timeout=seconds)
    holder: list[socket.socket] = []
    ends = Timer(seconds, _cut, [holder])
    ends.daemon = True
    ends.start()
    try:
        raw = _connected(host, connection.port, seconds, list(allowed))
        speaks = _over_tls(raw, host) if url.scheme == HTTPS else raw
        holder.append(speaks)
        if isinstance(speaks, ssl.SSLSocket):
            speaks.do_handshake()
        connection.sock = speaks
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(ANSWER_MAX).decode(errors="replace"))
    except (OSError, HTTPException, ValueError) as error:
        late = ends.finished.is_set()
        words = f"took longer than {seconds:g} seconds" if late else _words(error)
        raise PostFailed(f"{host[:100]} {words}.") from error
    finally:
        ends.cancel()
        connection.close()
        for each in holder:
            each.close()


def _connected(host: str, port: int, seconds: float, allowed: list[Network]) -> socket.socket:
    """Return a socket to the first address that answers, of those that may be called."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    free = [each for each in addresses if is_allowed(each, allowed)]
    if not free:
        raise PostFailed(
            f"{host[:100]} is an address of this service's own networks, which a webhook may not "
            "call unless EDGEFLEET_WEBHOOK_NETWORKS names it."
        )
    last: OSError = OSError("has no address")
    for address in free:
        try:
            return socket.create_connection((address, port), timeout=seconds)
        except OSError as error:
            last = error
    raise last


def _over_tls(raw: socket.socket, host: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    return context.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)


def _cut(holder: list[socket.socket]) -> None:
    for each in holder:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "cannot be found"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"shows a certificate that is not trusted: {error.verify_message[:100]}"
    if isinstance(error, TimeoutError):
        return "does not answer"
    return f"cannot be called: {type(error).__name__}"
