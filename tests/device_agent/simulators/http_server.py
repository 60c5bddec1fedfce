"""The simulated service behind a real socket, with the faults of a real network."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.device_agent.simulators.ranges import Reply
from tests.device_agent.simulators.service import SimService


@dataclass
class Faults:
    """What goes wrong on the way; each applies to paths that contain ``where``."""

    where: str = "/artifacts/"
    cut_after: int | None = None  # bytes of body, then the connection is closed
    edit: Callable[[Reply], Reply] = lambda reply: reply
    times: int = 10**9  # how often it happens


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: SimService
    faults: Faults

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, found, data = self.service.handle(self.command, self.path, headers, body)
        cut = None
        if self.faults.where in self.path and self.faults.times > 0:
            self.faults.times -= 1
            status, found, data = self.faults.edit((status, found, data))
            cut = self.faults.cut_after
        self._answer(status, found, data, cut)

    do_GET = do_POST = do_PUT = do_any  # noqa: N815

    def _answer(self, status: int, headers: dict[str, str], data: bytes, cut: int | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data if cut is None else data[:cut])
        if cut is not None and cut < len(data):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


@contextmanager
def serving(service: SimService, faults: Faults | None = None) -> Iterator[str]:
    """The service's address on the loopback, as long as the context lasts."""
    kind = type("Handler", (_Handler,), {"service": service, "faults": faults or Faults()})
    server = _Server(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    service.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service.base
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
