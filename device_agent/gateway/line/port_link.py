"""A link of somebody's own: CAN, LoRa, a modem. Its owner gives a port of three functions.

The port's module is named in the gateway's settings, by whoever may write them; it is loaded once,
at the start. Whatever a port raises later is a silent child: it is closed, and opened again at the
next use.
"""

import importlib
import re
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from device_agent.errors import Misconfigured
from device_agent.gateway.line.link import ChildSilent
from device_agent.gateway.settings import ChildSettings

# `module:function`, and behind a question mark what the function is called with.
ADDRESS: Final = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_]\w*)(?:\?(.*))?")
UNTOLD_BYTES: Final = 128  # of a packet, until the chip has told its buffer
PACKET_MAX: Final = 16 * 1024  # bytes of what a port may give


class PacketPort(Protocol):
    """Whole packets, to one child and from it. One thread at a time uses it."""

    def send(self, packet: bytes) -> None:
        """Send one; raise where it cannot leave."""
        ...

    def receive(self, seconds: float) -> bytes:
        """Return the next one, or nothing (``b""``) when none came in time."""
        ...

    def close(self) -> None:
        """Let go of the line; another port is opened at the next use."""
        ...


T = TypeVar("T")
PortOpener = Callable[[str], PacketPort]


def opener_of(address: str) -> tuple[PortOpener, str]:
    """Return what opens the port of an address, and what with. Raises ``Misconfigured``."""
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise Misconfigured(f"'{address}' is not module:function, or module:function?words.")
    module, function, words = found[1], found[2], found[3] or ""
    try:
        opener: PortOpener = getattr(importlib.import_module(module), function)
    except Exception as error:  # somebody's own module may fail in any way
        raise Misconfigured(f"The link {module}:{function} cannot be loaded: {error}.") from error
    return opener, words


class PortLink:
    """See ``Link``."""

    def __init__(self, settings: ChildSettings) -> None:
        self.name = settings.address
        self._opener, self._words = opener_of(settings.address)
        self._carried, self._buffer_bytes = settings.packet_bytes, 0
        self._port: PacketPort | None = None

    @property
    def packet_bytes(self) -> int:
        """See ``Link``."""
        return min(self._carried, self._buffer_bytes or UNTOLD_BYTES)

    def widen(self, buffer_bytes: int) -> None:
        """See ``Link``."""
        self._buffer_bytes = buffer_bytes
        if not buffer_bytes:
            self.close()

    def send(self, packet: bytes) -> None:
        """See ``Link``."""
        self._using(lambda port: port.send(packet))

    def receive(self, seconds: float) -> bytes:
        """See ``Link``."""
        data = bytes(self._using(lambda port: port.receive(seconds)) or b"")
        if not data:
            raise ChildSilent(f"Nothing came from {self.name} in time.")
        if len(data) > PACKET_MAX:
            raise ChildSilent(f"A packet of {len(data)} bytes came from {self.name}: no child's.")
        return data

    def close(self) -> None:
        """See ``Link``."""
        port, self._port = self._port, None
        if port is not None:
            try:
                port.close()
            except Exception as error:
                raise ChildSilent(f"The link {self.name} cannot be closed: {error}.") from error

    def _using(self, act: Callable[[PacketPort], T]) -> T:
        try:
            if self._port is None:
                self._port = self._opener(self._words)
            return act(self._port)
        except Exception as error:
            self._drop()
            raise ChildSilent(f"The link {self.name} is broken: {error}.") from error

    def _drop(self) -> None:
        try:
            self.close()
        except ChildSilent:
            self._port = None
