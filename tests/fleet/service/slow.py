"""Slow and stuck connections at the running service, while a device polls.

`python -m tests.fleet.service.slow [--connections N]` opens N connections, `OPENED_PER_SECOND` of
them a
second (a third never reads the blob that it asked for, a third sends half a head and drips, a third
half a body), polls as a device all the while and then some more, and prints how long the polls
took; exit code 1 = one took longer than `POLL_SECONDS`.
"""

import argparse
import resource
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.fleet.service.running import Running, service

POLL_SECONDS = 1.0
POLLS = 100
OPENED_PER_SECOND = 200
BLOB_BYTES = 64 * 1024 * 1024  # more than the system keeps for a reader
PATIENCE_SECONDS = 60.0
PREPARE = f"""
from pathlib import Path
from fleet.access.rules.roles import ROLES
from fleet.devices.tokens import issue as tokens
from registry import blobs
from tests import personas
from tests.ota import makers
(device,) = makers.devices(1, prefix="patient")
secret = tokens.token_issue(holder=device, by=personas.SYSTEM)[1]
blob = blobs.put_bytes(bytes({BLOB_BYTES}))
print(makers.base(device), secret, blob.sha256, personas.token("owner", scopes=ROLES["admin"])[1])
"""
SETTINGS = {"EDGEFLEET_TARGET_TOKENS": "1"}


@dataclass(frozen=True)
class World:
    """What a caller needs to know."""

    poll: str
    device_secret: str
    blob: str
    token: str

    @property
    def authorised(self) -> dict[str, str]:
        """The headers of the device."""
        return {"Authorization": f"TargetToken {self.device_secret}"}


def world(running: Running) -> World:
    """A device that may poll, a large blob, and a token that may read it."""
    return World(*running.python(PREPARE).split())


def words(there: World) -> tuple[str, str, str]:
    """What a reader, half a head and half a body send."""
    blob = f"/api/v1/blobs/{there.blob}/"
    head = f"GET {blob} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {there.token}\r\n"
    body = (
        f"PUT {there.poll}/configData HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n{{"
    )
    return f"{head}\r\n", head, body


@contextmanager
def stuck(running: Running, there: World, count: int) -> Iterator[list[socket.socket]]:
    """`count` connections that hold on: readers, half heads and half bodies in turn."""
    with ExitStack() as stack:
        sent = words(there)
        yield [
            stack.enter_context(_line(running, sent[number % len(sent)])) for number in range(count)
        ]


def _line(running: Running, sent: str) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(PATIENCE_SECONDS)
    line.connect(("127.0.0.1", running.port))
    line.sendall(sent.encode())
    return line


def polls(running: Running, there: World, count: int) -> list[float]:
    """Seconds that each of `count` polls took, on a connection of its own as devices have."""
    taken = []
    for _ in range(count):
        began = time.monotonic()
        line = HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE_SECONDS)
        line.request("GET", there.poll, headers=there.authorised)
        answer = line.getresponse()
        assert (answer.status, b"polling" in answer.read()) == (200, True)
        line.close()
        taken.append(time.monotonic() - began)
    return taken


def drip(held: list[socket.socket]) -> None:
    """Send one more byte of each half head; those that were ended are left alone."""
    for line in held[1::3]:
        try:
            line.sendall(b"x")
        except OSError:
            continue


def _measure(running: Running, there: World, count: int) -> list[float]:
    """Seconds of each poll, from before the first slow connection is opened on."""
    taken: list[float] = []
    with ExitStack() as stack:
        sent, held = words(there), list[socket.socket]()
        began = time.monotonic()
        while len(held) < count or len(taken) < POLLS:
            due = min(count, int((time.monotonic() - began) * OPENED_PER_SECOND))
            for _ in range(due - len(held)):
                held.append(stack.enter_context(_line(running, sent[len(held) % len(sent)])))
            drip(held)
            taken += polls(running, there, 1)
    return taken


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=1000)
    count = parser.parse_args().connections
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with (
        tempfile.TemporaryDirectory(prefix="edgefleet-slow-") as folder,
        service(Path(folder), **SETTINGS) as running,
    ):
        there = world(running)
        polls(running, there, 5)
        taken = _measure(running, there, count)
    taken.sort()
    middle, last = taken[len(taken) // 2], taken[-1]
    sys.stdout.write(
        f"{count} slow connections, {len(taken)} polls: "
        f"median {middle * 1000:.0f} ms, slowest {last * 1000:.0f} ms of {POLL_SECONDS:.0f} s\n"
    )
    return 0 if last <= POLL_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
