"""Between a device and its service: passes every byte on, and counts them at the socket."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

PIECE_BYTES = 65_536


@dataclass
class Count:
    """Bytes that have passed, headers and bodies, in either direction."""

    sent: int = 0
    received: int = 0

    @property
    def total(self) -> int:
        """Both directions."""
        return self.sent + self.received


@contextmanager
def tapped(host: str, port: int) -> Iterator[tuple[str, Count]]:
    """An address that leads to ``host:port``, and the count."""
    count = Count()
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=_accept, args=(door, (host, port), count), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}", count
        finally:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(door: socket.socket, to: tuple[str, int], count: Count) -> None:
    with suppress(OSError):
        while True:
            device, _ = door.accept()
            threading.Thread(target=_connect, args=(device, to, count), daemon=True).start()


def _connect(device: socket.socket, to: tuple[str, int], count: Count) -> None:
    with device, socket.create_connection(to) as service:
        back = threading.Thread(target=_pass_on, args=(service, device, count, "received"))
        back.start()
        _pass_on(device, service, count, "sent")
        back.join()


def _pass_on(source: socket.socket, sink: socket.socket, count: Count, way: str) -> None:
    with suppress(OSError):
        while data := source.recv(PIECE_BYTES):
            setattr(count, way, getattr(count, way) + len(data))
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
