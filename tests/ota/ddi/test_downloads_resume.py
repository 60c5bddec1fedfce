"""Artifacts: whole, in ranges, by validators, HEAD and MD5SUM, for those who were told to."""

import hashlib
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from ota.models import Assignment, ReleaseArtifact
from registry import blobs
from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db


def offered() -> tuple[Client, str, ReleaseArtifact, bytes]:
    device, _, assignment = makers.lonely()
    client = caller(device)
    chunk = client.get(wire.path(assignment)).json()["deployment"]["chunks"][0]
    href = chunk["artifacts"][0]["_links"]["download"]["href"]
    assert assignment.artifact is not None
    artifact = assignment.artifact
    return client, urlsplit(href).path, artifact, blobs.read(artifact.sha256)


def body(answer: Any) -> bytes:
    return b"".join(answer)


def test_the_whole_file() -> None:
    client, path, artifact, data = offered()
    answer = client.get(path)
    assert (answer.status_code, body(answer)) == (200, data)
    assert answer["Content-Length"] == str(len(data))
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["ETag"] == f'"{artifact.sha1}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"


def test_a_download_goes_on_where_it_broke_off() -> None:
    client, path, artifact, data = offered()
    first = client.get(path, headers={"range": "bytes=0-9"})
    rest = client.get(path, headers={"range": "bytes=10-", "if-range": first["ETag"]})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert rest["Content-Range"] == f"bytes 10-{len(data) - 1}/{len(data)}"
    assert rest["Content-Length"] == str(len(data) - 10)
    whole = body(first) + body(rest)
    assert hashlib.sha256(whole).hexdigest() == artifact.sha256


def test_several_ranges_come_in_one_answer() -> None:
    client, path, _, data = offered()
    answer = client.get(path, headers={"range": "bytes=2-5, 0-0, -3"})
    assert answer.status_code == 206
    whole = body(answer)
    assert int(answer["Content-Length"]) == len(whole)
    head = f"Content-Type: {answer['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + whole)
    size = len(data)
    told = [(part["Content-Range"], part.get_payload(decode=True)) for part in message.iter_parts()]
    assert told == [
        (f"bytes 2-5/{size}", data[2:6]),
        (f"bytes 0-0/{size}", data[:1]),
        (f"bytes {size - 3}-{size - 1}/{size}", data[-3:]),
    ]


def test_ranges_that_overlap_are_answered_with_the_whole_file() -> None:
    client, path, _, data = offered()
    answer = client.get(path, headers={"range": "bytes=0-9,5-20"})
    assert (answer.status_code, body(answer)) == (200, data)


def test_another_file_is_not_mixed_in() -> None:
    client, path, _, data = offered()
    answer = client.get(path, headers={"range": "bytes=10-", "if-range": '"older"'})
    assert (answer.status_code, body(answer)) == (200, data)


def test_a_range_outside_the_file_tells_its_length() -> None:
    client, path, _, data = offered()
    answer = client.get(path, headers={"range": f"bytes={len(data)}-"})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(data)}"


def test_validators() -> None:
    client, path, artifact, data = offered()
    tag = f'"{artifact.sha1}"'
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    assert client.get(path, headers={"if-match": '"other"'}).status_code == 412
    same = client.get(path, headers={"if-match": tag})
    assert (same.status_code, body(same)) == (200, data)


def test_head_tells_the_length() -> None:
    client, path, _, data = offered()
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Length"] == str(len(data))


def test_the_md5sum_line() -> None:
    client, path, artifact, data = offered()
    answer = client.get(f"{path}.MD5SUM")
    digest = hashlib.md5(data).hexdigest()
    assert answer.content.decode() == f"{digest}  {artifact.filename}\n"
    assert answer["Content-Type"] == "text/plain"


def test_the_list_of_files() -> None:
    client, path, artifact, _ = offered()
    (only,) = client.get(path.rpartition("/")[0]).json()
    assert only["filename"] == artifact.filename
    assert urlsplit(only["_links"]["download"]["href"]).path == path


@pytest.mark.parametrize("name", ["other.tar", "..%2f..%2fetc%2fpasswd", "x"])
def test_another_name_is_404(name: str) -> None:
    client, path, _, _ = offered()
    assert client.get(f"{path.rpartition('/')[0]}/{name}").status_code == 404


def test_a_device_that_was_told_nothing_gets_nothing() -> None:
    client, path, _, _ = offered()
    Assignment.objects.update(state="cancelled")
    assert client.get(path).status_code == 404


def test_damaged_storage_is_noticed_before_a_byte_is_sent() -> None:
    client, path, artifact, data = offered()
    stored = Path(blobs.storage().path(blobs.path_of(artifact.sha256)))
    stored.chmod(0o600)
    stored.write_bytes(b"damaged" + data[7:])
    try:
        assert client.get(path).status_code == 500
    finally:
        stored.write_bytes(data)  # the store is shared by all tests
