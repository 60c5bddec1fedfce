"""The web server around a small application, in a thread of the test."""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from waitress import wasyncore

from fleet.service import web
from fleet.service.connections import Server

PATIENCE_SECONDS = 10.0


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with the body and what is known of the request; /file sends the file of the query."""
    if environ["PATH_INFO"] == "/file":
        file = Path(environ["QUERY_STRING"]).open("rb")  # noqa: SIM115 - the server closes it
        start_response("200 OK", [("Content-Length", str(Path(file.name).stat().st_size))])
        body: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
        return body
    names = ("REMOTE_ADDR", "CONTENT_LENGTH", "HTTP_X_FORWARDED_FOR")
    told = " ".join(environ.get(name, "-") for name in names).encode()
    answer = told + b"|" + environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


@contextmanager
def serving(application: Any = echo, **adjusted: Any) -> Iterator[int]:
    """The port of a server that runs inside the block."""
    listening = web.listener("127.0.0.1:0")
    server = web.server(application, listening)
    for name, value in adjusted.items():
        setattr(server.adj, name, value)
    loop = threading.Thread(target=server.run)
    loop.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        _end(server, loop)


def ask(port: int, path: str = "/", method: str = "GET", **options: Any) -> tuple[int, bytes]:
    """Status and body of one request."""
    line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    line.request(method, path, **options)
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, body


@contextmanager
def sent(port: int, words: bytes, count: int = 1) -> Iterator[list[socket.socket]]:
    """`count` connections that have sent the words and read nothing yet."""
    lines = []
    for _ in range(count):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(PATIENCE_SECONDS)
        line.connect(("127.0.0.1", port))
        line.sendall(words)
        lines.append(line)
    try:
        yield lines
    finally:
        for line in lines:
            line.close()


def _end(server: Server, loop: threading.Thread) -> None:
    """Close all in the loop itself; its trigger goes last, because a thread that ends pulls it."""

    def hang_up() -> None:
        for channel in list(server.active_channels.values()):
            channel.handle_close()

    server.trigger.pull_trigger(hang_up)
    server.task_dispatcher.shutdown()
    with suppress(OSError):  # it may have closed its trigger with the last connection
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
    loop.join(PATIENCE_SECONDS)
    assert not loop.is_alive()
