"""A blob is stored once under its digest, hashed on every read, and never half there."""

import io
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from fleet.lib.errors import Conflict, NotFound, Refused, TooLarge
from registry import blobs, tasks
from registry.models import Blob

pytestmark = pytest.mark.django_db
DATA = b"model" * 1000
DIGEST = sha256(DATA).hexdigest()


def stored_files() -> list[Path]:
    root = Path(blobs.storage().path("."))
    return [path for path in root.rglob("*") if path.is_file()]


def test_bytes_go_in_and_come_out() -> None:
    blob = blobs.put(io.BytesIO(DATA), limit_bytes=5000)
    assert (blob.sha256, blob.size_bytes) == (DIGEST, 5000)
    assert blobs.read(DIGEST) == DATA
    with blobs.open(DIGEST) as file:
        assert file.read(5) == b"model"


def test_the_same_bytes_are_stored_once() -> None:
    first = blobs.put_bytes(DATA)
    second = blobs.put(io.BytesIO(DATA), limit_bytes=5000)
    assert first == second
    assert len(stored_files()) == 1
    assert Blob.objects.count() == 1


def test_stored_files_are_read_only() -> None:
    blobs.put_bytes(DATA)
    assert stored_files()[0].stat().st_mode & 0o222 == 0


def test_above_the_limit_nothing_is_stored() -> None:
    with pytest.raises(TooLarge, match="larger than 4999 bytes"):
        blobs.put(io.BytesIO(DATA), limit_bytes=4999)
    assert stored_files() == []
    assert not Blob.objects.exists()


def test_another_digest_than_announced_is_refused() -> None:
    with pytest.raises(Refused, match=f"have the digest {DIGEST}, not abc"):
        blobs.put(io.BytesIO(DATA), limit_bytes=5000, expected_sha256="abc")
    assert stored_files() == []


def test_a_stream_that_breaks_leaves_nothing() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.put(Broken(), limit_bytes=5000)
    assert stored_files() == []


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match="There is no blob"):
        blobs.read("0" * 64)


def test_damage_is_noticed_on_reading() -> None:
    blobs.put_bytes(DATA)
    path = stored_files()[0]
    path.chmod(0o600)
    path.write_bytes(DATA[:-1] + b"?")
    with pytest.raises(blobs.BlobDamaged, match="is damaged in storage"):
        blobs.read(DIGEST)


def test_a_truncated_file_is_mended_by_the_next_upload() -> None:
    blobs.put_bytes(DATA)
    path = stored_files()[0]
    path.chmod(0o600)
    path.write_bytes(DATA[:-1])
    blobs.put_bytes(DATA)
    assert blobs.read(DIGEST) == DATA


def test_a_row_is_never_changed() -> None:
    blob = blobs.put_bytes(DATA)
    blob.size_bytes = 1
    with pytest.raises(Conflict, match="never changed"):
        blob.save()


@pytest.mark.parametrize("digest", ["ABC", "0" * 63, "g" * 64])
def test_a_row_has_a_digest(digest: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Blob.objects.create(sha256=digest, size_bytes=1)


def test_even_sql_cannot_change_a_row() -> None:
    blobs.put_bytes(DATA)
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        Blob.objects.update(size_bytes=1)
    assert connection.vendor in {"sqlite", "postgresql"}


UPLOADER = """
import sys, io, django
django.setup()
from django.test.utils import override_settings
from registry import blobs
from django.conf import settings
class Slow(io.RawIOBase):
    sent = 0
    def readable(self):
        return True
    def readinto(self, buffer):
        if self.sent:
            print("half", flush=True)
            sys.stdin.read()
        self.sent += 1
        buffer[:10] = b"0123456789"
        return 10
local = "django.core.files.storage.FileSystemStorage"
there = {"BACKEND": local, "OPTIONS": {"location": sys.argv[1]}}
with override_settings(STORAGES=settings.STORAGES | {"blobs": there}):
    blobs.put(Slow(), limit_bytes=10**6)
"""


def test_an_upload_killed_half_way_leaves_nothing_referenced(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", UPLOADER, str(tmp_path / "blobs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "."},
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"half\n"
        child.send_signal(signal.SIGKILL)
    assert [path.parent.name for path in stored_files()] == ["incoming"]
    assert not Blob.objects.exists()


def test_what_killed_uploads_left_is_swept_after_a_day() -> None:
    blobs.put_bytes(DATA)
    incoming = Path(blobs.storage().path("incoming"))
    for name, age_seconds in (("old", 100_000), ("young", 10)):
        (incoming / name).write_bytes(b"half")
        then = (incoming / name).stat().st_mtime - age_seconds
        os.utime(incoming / name, (then, then))
    assert tasks.blobs_sweep() == 1
    assert [path.name for path in incoming.iterdir()] == ["young"]
    assert blobs.read(DIGEST) == DATA
