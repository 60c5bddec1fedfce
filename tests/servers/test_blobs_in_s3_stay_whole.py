"""Blobs in S3: given out in parts over REST, and nothing half there whatever breaks off."""

import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fleet.lib.errors import Unavailable
from fleet.settings.files import storage
from registry import blobs
from registry.models import Blob
from tests import personas
from tests.ports import free_port
from tests.servers.store import CREDENTIALS, PREFIX, REGION, Store, s3
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
DATA = bytes(range(256)) * 4096  # 1 MiB
DIGEST = sha256(DATA).hexdigest()
UPLOAD = """
import os, signal, sys
import django; django.setup()
from registry import blobs

class Dying:
    left = 3
    def read(self, size):
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return b"x" * size

blobs.put(Dying(), limit_bytes=2**30)
"""

pytestmark = [
    pytest.mark.server,
    pytest.mark.django_db,
    pytest.mark.xdist_group("servers"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Store]:
    with s3() as running:
        yield running


@pytest.fixture(autouse=True)
def store(server: Store, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server.bucket.objects.all().delete()
    settings.STORAGES = settings.STORAGES | {"blobs": storage(server.url)}
    return server


def get(**headers: str) -> Any:
    return personas.client("viewer").get(f"/api/v1/blobs/{DIGEST}/", headers=headers)


def test_a_download_goes_on_where_it_broke_off() -> None:
    blobs.put_bytes(DATA)
    first = b"".join(get(range="bytes=0-99999").streaming_content)
    rest = get(range=f"bytes={len(first)}-", **{"if-range": f'"{DIGEST}"'})
    assert rest.status_code == 206
    assert first + b"".join(rest.streaming_content) == DATA


def test_an_altered_object_is_not_given_out(store: Store) -> None:
    blobs.put_bytes(DATA)
    store.bucket.put_object(Key=f"{PREFIX}/{blobs.path_of(DIGEST)}", Body=DATA[:-1] + b"?")
    answer = get()
    assert (answer.status_code, answer.json()["code"]) == (500, "blob_damaged")


def test_a_cut_object_is_mended_by_the_next_upload(store: Store) -> None:
    store.bucket.put_object(Key=f"{PREFIX}/{blobs.path_of(DIGEST)}", Body=DATA[:1000])
    blobs.put(io.BytesIO(DATA), limit_bytes=len(DATA))
    assert blobs.read(DIGEST) == DATA


def test_a_process_killed_while_it_takes_an_upload_leaves_nothing(
    store: Store, tmp_path: Path
) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "fleet.settings", "TMPDIR": str(tmp_path)}
    (tmp_path / "var").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", UPLOAD],
        cwd=ROOT,
        env={**os.environ, **environment, **store.environment, "EDGEFLEET_VAR": f"{tmp_path}/var"},
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert store.keys() == []
    assert [path for path in tmp_path.iterdir() if path.name != "var"] == []


def test_a_store_that_is_away_is_said_and_nothing_is_kept(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nobody = f"s3://fleet/x?endpoint_url=http://127.0.0.1:{free_port()}&region_name={REGION}"
    settings.STORAGES = settings.STORAGES | {"blobs": storage(nobody)}
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Unavailable, match="blob store") as refused:
        blobs.put(io.BytesIO(DATA), limit_bytes=len(DATA))
    assert refused.value.retryable
    assert not Blob.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_that_is_not_ours_is_said_with_its_reason(store: Store, settings: Any) -> None:
    other = store.url.replace("s3://fleet", "s3://another")
    settings.STORAGES = settings.STORAGES | {"blobs": storage(other)}
    with pytest.raises(Unavailable, match="NoSuchBucket"):
        blobs.put_bytes(DATA)
    assert not Blob.objects.exists()
