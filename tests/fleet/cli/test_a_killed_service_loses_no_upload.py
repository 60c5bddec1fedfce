"""SIGKILL in the middle of an upload: the push goes on with the next process, and happens once."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import httpx
import numpy as np
import pytest
from rich.console import Console

from fleet.cli.__main__ import run
from fleet.cli.output import Output
from fleet.cli.session import Session
from fleet.lib.hashing import sha256_hex
from tests.fleet.cli.served import Served
from tests.registry.factories import HDF5, keras_members, zip_bytes

FILE_BYTES = 6 * 1024 * 1024
VERSIONS = """
import django, json; django.setup()
from registry.models import Blob, ModelVersion
rows = list(ModelVersion.objects.values_list("number", "label", "blob_id"))
print(json.dumps({"versions": rows, "blobs": Blob.objects.count()}))
"""


class Cut(httpx.SyncByteStream):
    """A body during which something happens, once, when half of it is on its way."""

    def __init__(self, body: httpx.SyncByteStream, happens: Callable[[], None]) -> None:
        self.body, self.happens = body, happens

    def __iter__(self) -> Iterator[bytes]:
        sent, done = 0, False
        for piece in self.body:
            yield piece
            sent += len(piece)
            if sent > FILE_BYTES // 2 and not done:
                done = True
                self.happens()


class Wire(httpx.BaseTransport):
    """The real network; the first upload is cut."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self.real, self.happens = httpx.HTTPTransport(), happens
        self.posts = 0
        self.closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.posts += 1
            if self.posts == 1:
                assert isinstance(request.stream, httpx.SyncByteStream)
                request.stream = Cut(request.stream, self.happens)
        return self.real.handle_request(request)

    def close(self) -> None:
        self.closed = True
        self.real.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    service = Served(tmp_path / "var")
    (tmp_path / "var").mkdir()
    yield service
    service.kill()


@pytest.mark.e2e
def test_it_is_pushed_once_and_whole(served: Served, tmp_path: Path) -> None:
    weights = HDF5 + np.random.default_rng(1).bytes(FILE_BYTES)
    data = zip_bytes(keras_members() | {"model.weights.h5": weights})
    file = tmp_path / "digits.keras"
    file.write_bytes(data)
    environment = {"EDGEFLEET_URL": served.url, "EDGEFLEET_TOKEN": served.prepare()}
    served.start()
    wire, out, err = Wire(served.kill), StringIO(), StringIO()

    def pause(_: float) -> None:
        if served.process is None:
            served.start()

    output = Output(out=Console(file=out), err=Console(file=err))
    session = Session(environment=environment, output=output, transport=wire, sleep=pause)
    arguments = ["model", "push", "digits", str(file), "--label", "1.0", "--no-wait", "--json"]
    assert run(arguments, session) == 0, err.getvalue()
    assert wire.posts == 2
    assert wire.closed, "no connection is left to the garbage collector"
    assert json.loads(out.getvalue())["sha256"] == sha256_hex(data)
    found = json.loads(served.python(VERSIONS))
    assert found == {"versions": [[1, "1.0", sha256_hex(data)]], "blobs": 1}
    stored = [path for path in served.blobs.rglob("*") if path.is_file()]
    assert [sha256_hex(path.read_bytes()) for path in stored] == [sha256_hex(data)]
