"""Connections of the web server: how long each may keep what it holds.

Waitress reads requests and writes answers in one loop, and gives a thread to an application's call
only. What it leaves to us is when a connection is over. Guarantees:
* a request whose head is not there after `HEAD_SECONDS`, or whose body comes slower than
  `BODY_BYTES_PER_SECOND`, is dropped;
* so is a reader that takes nothing for `STALLED_SECONDS`, and a connection without a request;
* near the limit of connections, the quietest ones without a running call make room, so that many
  slow ones never keep others out;
* bodies that are still coming take a bounded part of the disk.
"""

import logging
import time
from collections.abc import Iterable
from typing import Any, Final, Protocol, TypeVar

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

log = logging.getLogger(__name__)

HEAD_SECONDS: Final = 10.0
BODY_GRACE_SECONDS: Final = 60.0  # before a body's rate is judged
BODY_BYTES_PER_SECOND: Final = 512  # the slowest modem that brings a report in time
STALLED_SECONDS: Final = 60.0  # for which a reader takes nothing, or a connection asks nothing
CROWDED: Final = 0.9  # share of the limit of connections at which the quietest make room
RELIEVED: Final = 0.8  # share of the limit that then may stay
INCOMING_BYTES_MAX: Final = 4 * 1024**3  # of all bodies that are still coming
SEND_BYTES: Final = 128 * 1024  # read of a file at once; what is not taken is read again
HEADER_BYTES_MAX: Final = 64 * 1024
LOOK_SECONDS: Final = 1.0  # between two looks at all connections


class Held(Protocol):
    """What is known of a connection."""

    last_activity: float  # Unix seconds at which a byte went either way

    def overdue(self, now: float) -> str:
        """Why it is over; empty while it is not."""
        ...

    def busy(self) -> bool:
        """Whether a call of the application runs for it."""
        ...


HeldT = TypeVar("HeldT", bound=Held)


def quietest(channels: Iterable[HeldT], count: int) -> list[HeldT]:
    """The `count` connections without a running call that were silent the longest."""
    idle = [channel for channel in channels if not channel.busy()]
    return sorted(idle, key=lambda channel: channel.last_activity)[: max(0, count)]


class LimitedChannel(HTTPChannel):  # type: ignore[misc]  # comes without types
    """One connection."""

    sendbuf_len: int
    began = 0.0  # Unix seconds at which the request that is still coming began

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.sendbuf_len = min(self.sendbuf_len, SEND_BYTES)

    def received(self, data: bytes) -> bool:
        """Take bytes of a request."""
        before = self.request
        taken = bool(super().received(data))
        if self.request is not before:
            self.began = time.time()
        return taken

    def busy(self) -> bool:
        """Whether a call of the application runs for it."""
        return bool(self.requests)

    def incoming_bytes(self) -> int:
        """Bytes of a body that is not whole yet."""
        return 0 if self.request is None else int(self.request.body_bytes_received)

    def overdue(self, now: float) -> str:
        """Why it is over; empty while it is not."""
        silent, request = now - self.last_activity > STALLED_SECONDS, self.request
        if self.total_outbufs_len:
            return "its reader takes nothing" if silent else ""
        if self.requests:
            return ""
        if request is None:
            return "it asks nothing" if silent else ""
        age = now - self.began
        if not request.headers_finished:
            return "half a head" if age > HEAD_SECONDS else ""
        judged = age - BODY_GRACE_SECONDS
        return "half a body" if judged * BODY_BYTES_PER_SECOND > self.incoming_bytes() else ""


class Server(TcpWSGIServer):  # type: ignore[misc]  # comes without types
    """The listening socket and its connections."""

    channel_class = LimitedChannel

    def maintenance(self, now: float) -> None:
        """End what is over, and make room."""
        channels = list(self.active_channels.values())
        for channel in channels:
            if why := channel.overdue(now):
                self._end(channel, why)
        limit, held = self.adj.connection_limit, len(self._map)
        if held > CROWDED * limit:
            for channel in quietest(channels, held - int(RELIEVED * limit)):
                self._end(channel, "others need its place")
        incoming = sorted(channels, key=LimitedChannel.incoming_bytes)
        total = sum(channel.incoming_bytes() for channel in incoming)
        while total > INCOMING_BYTES_MAX:
            total -= incoming[-1].incoming_bytes()
            self._end(incoming.pop(), "too many bytes are coming in")

    def _end(self, channel: LimitedChannel, why: str) -> None:
        log.debug("connection of %s ended: %s", channel.addr, why)
        channel.will_close = True
        channel.handle_close()  # now: the socket of a reader that takes nothing is never writable
