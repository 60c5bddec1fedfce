"""Tell systemd that the loop goes round; without systemd there is nobody to tell."""

import contextlib
import os
import socket
from collections.abc import Callable, Mapping

from device_agent.clock import Clock

ADDRESS = "NOTIFY_SOCKET"
EVERY_SECONDS = 5.0


def watchdog(clock: Clock, environment: Mapping[str, str] = os.environ) -> Callable[[], None]:
    """Return a function for the loop to call every turn; it speaks up once in a while."""
    address = environment.get(ADDRESS)
    if not address:
        return lambda: None
    target = "\0" + address[1:] if address.startswith("@") else address
    spoken_at = float("-inf")

    def alive() -> None:
        nonlocal spoken_at
        now = clock.uptime()
        if now - spoken_at >= EVERY_SECONDS:
            message = b"WATCHDOG=1" if spoken_at > float("-inf") else b"READY=1\nWATCHDOG=1"
            spoken_at = now
            _send(message, target)

    return alive


def _send(message: bytes, target: str) -> None:
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, kind) as line:
        line.sendto(message, target)  # nobody listens: no reason to stop
