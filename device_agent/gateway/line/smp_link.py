"""Links over the transports of ``smpclient``: serial lines in both framings, and UDP.

The library is asynchronous; a child is asked by one thread at a time, so each link has a loop of
its own that runs only while that thread waits.
"""

import asyncio
import logging
import struct
from collections.abc import Coroutine
from typing import Final, TypeVar

from device_agent.errors import Misconfigured
from device_agent.gateway.line.link import ChildSilent
from device_agent.gateway.settings import ChildSettings, LineKind

try:
    from serial import SerialException
    from smp.exceptions import SMPException
    from smpclient.exceptions import SMPClientException
    from smpclient.transport import SMPTransport, SMPTransportDisconnected
    from smpclient.transport.serial import SMPSerialRawTransport, SMPSerialTransport
    from smpclient.transport.udp import SMPUDPTransport

    from device_agent.gateway.line.serial_port import BoundedPort
except ImportError as missing:
    raise Misconfigured(
        "Children need the extra 'gateway' of edgefleet-agent (smpclient is not installed)."
    ) from missing

# What it has to say is told by whoever asked, in one sentence.
logging.getLogger("smpclient").setLevel(logging.CRITICAL)

CONNECT_SECONDS: Final = 5.0
OPEN_SECONDS: Final = 0.2  # for a port that is there or not
RAW_BYTES: Final = 2048  # the largest answer in raw framing
UNTOLD_BYTES: Final = 256  # a packet's length for a child that does not tell its buffer
BROKEN: Final = (
    SMPClientException,
    SMPException,  # lines that are no packet, or have a wrong checksum
    SMPTransportDisconnected,
    SerialException,
    OSError,
    struct.error,  # a line that is shorter than a packet's length
    ValueError,  # bytes that are no header, or no base64
    asyncio.TimeoutError,
)

T = TypeVar("T")


class SmpLink:
    """See ``Link``."""

    def __init__(self, settings: ChildSettings) -> None:
        self._settings = settings
        self.name = f"{settings.transport} {settings.address}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._port: BoundedPort | None = None
        self._transport: SMPTransport | None = None
        self._buffer_bytes = 0

    @property
    def packet_bytes(self) -> int:
        """See ``Link``."""
        transport = self._connected()
        carried = int(transport.max_unencoded_size)
        if self._settings.transport is LineKind.CONSOLE:
            return carried  # which follows from the child's buffer
        return min(carried, self._buffer_bytes or UNTOLD_BYTES)

    def widen(self, buffer_bytes: int) -> None:
        """See ``Link``."""
        self._buffer_bytes = buffer_bytes
        if buffer_bytes:
            self._connected().initialize(buffer_bytes)
        else:
            self.close()

    def send(self, packet: bytes) -> None:
        """See ``Link``."""
        self._run(self._send(self._connected(), packet), CONNECT_SECONDS)

    def receive(self, seconds: float) -> bytes:
        """See ``Link``."""
        return bytes(self._run(self._connected().receive(), seconds))

    def close(self) -> None:
        """See ``Link``."""
        transport, self._transport, self._port = self._transport, None, None
        loop, self._loop = self._loop, None
        if loop is not None:
            if transport is not None:
                loop.run_until_complete(transport.disconnect())
                loop.run_until_complete(asyncio.sleep(0))  # in which a socket is closed
            loop.close()

    def _connected(self) -> SMPTransport:
        if self._transport is None:
            transport = self._made()
            try:
                self._run(self._connect(transport), CONNECT_SECONDS + 1)
            except ChildSilent as error:
                raise ChildSilent(f"The line {self.name} cannot be opened.") from error
            self._transport = transport
            if self._buffer_bytes:
                transport.initialize(self._buffer_bytes)
        return self._transport

    async def _send(self, transport: SMPTransport, packet: bytes) -> None:
        if self._settings.transport is LineKind.RAW and self._port is not None:
            # Without framing, the rest of a late answer would be taken for the next one's head.
            self._port.reset_input_buffer()
        await transport.send(packet)

    async def _connect(self, transport: SMPTransport) -> None:
        if isinstance(transport, SMPUDPTransport):
            host, port = self._settings.host_and_port
            await transport.connect(host, CONNECT_SECONDS, port)
        else:
            await transport.connect(self._settings.address, OPEN_SECONDS)

    def _made(self) -> SMPTransport:
        settings = self._settings
        if settings.transport is LineKind.UDP:
            return SMPUDPTransport()
        transport: SMPTransport
        if settings.transport is LineKind.RAW:
            transport = SMPSerialRawTransport(mtu=RAW_BYTES)
        else:
            transport = SMPSerialTransport()
        self._port = BoundedPort(settings.baudrate)
        transport.__dict__["_conn"] = self._port  # in the place of an unbounded one
        return transport

    def _run(self, work: Coroutine[object, object, T], seconds: float) -> T:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        try:
            return self._loop.run_until_complete(asyncio.wait_for(work, seconds))
        except TimeoutError as error:
            raise ChildSilent(f"Nothing came from {self.name} in time.") from error
        except BROKEN as error:
            self.close()
            raise ChildSilent(f"The line {self.name} is broken: {error}.") from error
