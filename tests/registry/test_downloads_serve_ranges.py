"""Blobs are given out whole or in part, and never when they are damaged."""

from pathlib import Path

import pytest

from registry import blobs
from tests import personas

CONTENT = bytes(range(256)) * 10


@pytest.fixture
def url(db: None) -> str:
    return f"/api/v1/blobs/{blobs.put_bytes(CONTENT).sha256}/"


def get(url: str, **headers: str):  # type: ignore[no-untyped-def]
    return personas.client("viewer").get(url, headers=headers)


def body(answer) -> bytes:  # type: ignore[no-untyped-def]
    return b"".join(answer.streaming_content)


def test_the_whole(url: str) -> None:
    answer = get(url)
    assert answer.status_code == 200
    assert body(answer) == CONTENT
    assert answer["Content-Length"] == str(len(CONTENT))
    assert answer["Accept-Ranges"] == "bytes"
    assert url.split("/")[-2] in answer["ETag"]


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=2500-", 2500, 2560), ("bytes=-5", 2555, 2560),
     ("bytes=10-99999", 10, 2560)],
)  # fmt: skip
def test_a_part(url: str, wanted: str, start: int, stop: int) -> None:
    answer = get(url, range=wanted)
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/2560"
    assert body(answer) == CONTENT[start:stop]


@pytest.mark.parametrize("wanted", ["bytes=2560-", "bytes=9999-10000", "bytes=-0"])
def test_a_part_outside(url: str, wanted: str) -> None:
    answer = get(url, range=wanted)
    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */2560"


@pytest.mark.parametrize(
    "wanted", ["bytes=5-2", "bytes=-", "bytes=0-1,4-5", "lines=1-2", "nonsense"]
)
def test_a_range_that_is_none_gets_the_whole(url: str, wanted: str) -> None:
    answer = get(url, range=wanted)
    assert answer.status_code == 200
    assert len(body(answer)) == 2560


def test_a_range_of_another_content_gets_the_whole(url: str) -> None:
    answer = get(url, range="bytes=0-9", **{"if-range": '"other"'})
    assert answer.status_code == 200
    assert len(body(answer)) == 2560


def test_what_the_caller_has_is_not_sent_again(url: str) -> None:
    etag = f'"{url.split("/")[-2]}"'
    answer = get(url, **{"if-none-match": etag})
    assert answer.status_code == 304


def test_the_headers_alone(url: str) -> None:
    answer = personas.client("viewer").head(url)
    assert answer["Content-Length"] == "2560"
    assert answer.content == b""


def test_a_blob_that_is_not_there(url: str) -> None:
    assert get(f"/api/v1/blobs/{'0' * 64}/").status_code == 404


def test_a_damaged_blob_is_not_given_out(url: str) -> None:
    path = Path(blobs.storage().path(blobs.path_of(url.split("/")[-2])))
    path.chmod(0o640)  # blobs are read-only for their owner, too
    with path.open("r+b") as file:
        file.write(b"\xff")
    answer = get(url)
    assert answer.status_code == 500
    assert answer.json()["code"] == "blob_damaged"
