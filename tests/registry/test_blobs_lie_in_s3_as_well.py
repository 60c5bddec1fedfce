"""The same guarantees on S3: a server that speaks its protocol runs inside the test."""

import io
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from fleet.lib.errors import NotFound, TooLarge
from fleet.settings.files import storage
from registry import blobs
from registry.models import Blob

pytestmark = pytest.mark.django_db
DATA = b"model" * 1000
DIGEST = sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = pytest.importorskip("moto.server", reason="moto is not installed")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture(autouse=True)
def bucket(endpoint: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed (extra s3)")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    resource = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1")
    made = resource.create_bucket(Bucket="models")
    made.objects.all().delete()
    there = storage(f"s3://models/prefix?endpoint_url={endpoint}&region_name=us-east-1")
    settings.STORAGES = settings.STORAGES | {"blobs": there}
    return made


def keys(bucket: Any) -> list[str]:
    return [item.key for item in bucket.objects.all()]


def test_bytes_go_in_and_come_out(bucket: Any) -> None:
    blobs.put(io.BytesIO(DATA), limit_bytes=5000)
    assert blobs.read(DIGEST) == DATA
    assert keys(bucket) == [f"prefix/{blobs.path_of(DIGEST)}"]


def test_the_same_bytes_are_stored_once(bucket: Any) -> None:
    blobs.put_bytes(DATA)
    before = [item.last_modified for item in bucket.objects.all()]
    blobs.put_bytes(DATA)
    assert [item.last_modified for item in bucket.objects.all()] == before
    assert Blob.objects.count() == 1


def test_above_the_limit_nothing_is_stored(bucket: Any) -> None:
    with pytest.raises(TooLarge):
        blobs.put(io.BytesIO(DATA), limit_bytes=10)
    assert keys(bucket) == []


def test_damage_is_noticed_on_reading(bucket: Any) -> None:
    blobs.put_bytes(DATA)
    bucket.put_object(Key=f"prefix/{blobs.path_of(DIGEST)}", Body=b"other")
    with pytest.raises(blobs.BlobDamaged):
        blobs.read(DIGEST)


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        blobs.read("0" * 64)


def test_nothing_is_left_to_sweep() -> None:
    blobs.put_bytes(DATA)
    assert blobs.sweep() == 0
