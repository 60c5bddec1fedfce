"""A port for a server that a test starts, and whether it is up.

The port lies below those that the system gives to outgoing connections. Above, a connection that
another test makes may take it first; and who asks again and again whether a server is up may be
given that very port to ask from, and is then answered by himself.
"""

import random
import socket

FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    for port in random.SystemRandom().sample(range(FIRST, LAST), 100):
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def listens(port: int) -> bool:
    """Whether a connection to the port is taken."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
