"""Devices whose client knows no length send their bodies in chunks: the server that runs in
production brings them whole to every route, bounded as all others.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port, listens
from tests.servers.processes import running
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
PIECE_BYTES = 11
PREPARE = """
import django; django.setup()
from django.core.management import call_command
from fleet.devices.keys import session_token as sessions
from tests.ota import makers
call_command("migrate", verbosity=0)
device = makers.devices(1)[0]
print(makers.base(device), sessions.token_new(device.public_id, device.key_fingerprint))
"""


@dataclass(frozen=True)
class Service:
    """Where it listens, where its one device polls, and that device's token."""

    port: int
    base: str
    token: str

    def send(self, method: str, to: str, body: Any, kind: str = "application/json") -> Any:
        """The status and body of the answer to a request in chunks."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        pieces = (data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES))
        headers = {"Authorization": f"DeviceToken {self.token}", "Content-Type": kind}
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request(method, to, pieces, headers, encode_chunked=True)
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    def attributes(self) -> Any:
        """What a configuration of the device's own answers."""
        return self.send("PUT", f"{self.base}/configData", {"data": {"site": "north"}})


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The web process as the service itself starts it."""
    folder, port = tmp_path_factory.mktemp("service"), free_port()
    environment = {
        "EDGEFLEET_VAR": str(folder),
        "BLOB_STORE": f"file://{folder / 'blobs'}",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "fleet.settings",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", PREPARE],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    base, token = done.stdout.split()
    with running(
        [
            sys.executable,
            str(ROOT / "manage.py"),
            "web",
            f"--bind=127.0.0.1:{port}",
            "--processes=1",
        ],
        log=folder / "web.log",
        ready=lambda: listens(port),
        environment=environment,
    ):
        yield Service(port, base, token)


def test_attributes_arrive(service: Service) -> None:
    assert service.attributes() == (200, b"")


def test_a_feedback_is_read(service: Service) -> None:
    body = {"status": {"execution": "closed", "result": {"finished": "success"}}}
    status, answer = service.send("POST", f"{service.base}/deploymentBase/7/feedback", body)
    assert status == 404
    assert b"There is no action 7" in answer


def test_a_window_is_read(service: Service) -> None:
    to = f"/device/v1/telemetry/{service.base.rpartition('/')[2]}"
    status, answer = service.send("POST", to, b"\x01", "application/cbor")
    assert status == 400
    assert b"A frame is a CBOR array of nine" in answer


@pytest.mark.parametrize("address", ["enrol", "challenge", "session", "key"])
def test_those_who_join_are_read(service: Service, address: str) -> None:
    status, answer = service.send("POST", f"/device/v1/{address}", {"controller_id": "a b"})
    assert status == 400
    assert b"is not JSON" not in answer


def test_no_more_than_the_limit_is_taken(service: Service) -> None:
    status, answer = service.send("PUT", f"{service.base}/configData", b" " * 66_000)
    assert status == 413, answer


def test_chunks_that_are_none_are_refused_and_the_next_is_served(service: Service) -> None:
    head = (
        f"PUT {service.base}/configData HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\n"
        f"Authorization: DeviceToken {service.token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    link = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    link.connect()
    link.sock.sendall(head.encode() + b"zz\r\n{}\r\n0\r\n\r\n")
    answer = http.client.HTTPResponse(link.sock)
    answer.begin()
    link.close()
    assert answer.status == 400
    assert service.attributes() == (200, b"")
