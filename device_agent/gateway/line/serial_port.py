"""A serial port that cannot hold up its reader: what comes is bounded, and so is every wait.

It stands between the client library and pyserial. A child that talks without end would otherwise
keep the library's loop from ever looking at its clock. A port may also be a TCP socket
(``socket://host:port``): terminal servers and emulators offer one.
"""

import socket
from typing import Final

from serial import Serial, SerialException

SOCKET: Final = "socket://"
READ_BYTES: Final = 4096
READS_MAX: Final = 16  # that are not empty, one after another
RECEIVED_MAX: Final = 256 * 1024  # bytes since something was sent
WRITE_SECONDS: Final = 5.0


class BoundedPort:
    """What the library's transports use of a serial connection."""

    def __init__(self, baudrate: int) -> None:
        self.port = ""
        self._baudrate = baudrate
        self._serial: Serial | None = None
        self._socket: socket.socket | None = None
        self._reads = self._received = 0

    def open(self) -> None:
        """Open the port; ``SerialException`` where that is not possible, or others have it."""
        if self.port.startswith(SOCKET):
            self._socket = _connected(self.port.removeprefix(SOCKET))
            return
        self._serial = Serial(
            self.port,
            baudrate=self._baudrate,
            timeout=0,
            write_timeout=WRITE_SECONDS,
            exclusive=True,
        )

    def close(self) -> None:
        """Let go of it."""
        for each in (self._serial, self._socket):
            if each is not None:
                each.close()
        self._serial = self._socket = None

    def reset_input_buffer(self) -> None:
        """Forget what has come."""
        self._reads = self._received = 0
        for _ in range(READS_MAX):
            if not self._read():
                return

    @property
    def out_waiting(self) -> int:
        """Return how many bytes still have to leave."""
        return int(self._serial.out_waiting) if self._serial else 0

    def write(self, data: bytes) -> int:
        """Send it all."""
        self._received = 0
        try:
            if self._socket is not None:
                self._socket.settimeout(WRITE_SECONDS)
                self._socket.sendall(data)
                return len(data)
            return int(self._opened().write(data) or 0)
        except OSError as error:
            raise SerialException(f"{self.port}: {error}") from error

    def read_all(self) -> bytes:
        """Return what has come; now and then nothing, so that the reader looks at its clock."""
        self._reads += 1
        if self._reads > READS_MAX:
            self._reads = 0
            return b""
        data = self._read()
        if not data:
            self._reads = 0
        self._received += len(data)
        if self._received > RECEIVED_MAX:
            raise SerialException(f"{self.port} talks without end.")
        return data

    def _read(self) -> bytes:
        try:
            if self._socket is not None:
                return _read_socket(self._socket)
            return bytes(self._opened().read(READ_BYTES))
        except OSError as error:
            raise SerialException(f"{self.port}: {error}") from error

    def _opened(self) -> Serial:
        if self._serial is None:
            raise SerialException(f"{self.port} is not open.")
        return self._serial


def _connected(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    try:
        return socket.create_connection((host, int(port)), timeout=WRITE_SECONDS)
    except (OSError, ValueError) as error:
        raise SerialException(f"{address}: {error}") from error


def _read_socket(line: socket.socket) -> bytes:
    line.settimeout(0)
    try:
        data = line.recv(READ_BYTES)
    except BlockingIOError:
        return b""
    if not data:
        raise SerialException("The other side has closed the line.")
    return data
