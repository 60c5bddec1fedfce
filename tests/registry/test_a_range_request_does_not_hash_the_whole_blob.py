"""Who sends a download's bytes, and what is hashed for it."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.http import FileResponse
from django.test import RequestFactory

from fleet.lib import hashing
from registry import blobs
from registry.blobs import sending
from tests import personas

CONTENT = bytes(range(256)) * 10

pytestmark = pytest.mark.django_db


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many blobs were hashed, one entry each."""
    seen: list[int] = []
    real = hashing.sha256_stream

    def counting(stream: Any) -> str:
        seen.append(1)
        return real(stream)

    monkeypatch.setattr(sending, "sha256_stream", counting)
    monkeypatch.setattr(sending, "_seen", type(sending._seen)())
    return seen


def stored(content: bytes = CONTENT) -> tuple[str, Path]:
    """The address and the file of a blob that was not touched for a while."""
    sha256 = blobs.put_bytes(content).sha256
    path = Path(blobs.storage().path(blobs.path_of(sha256)))
    before = time.time() - 60
    os.utime(path, (before, before))
    return f"/api/v1/blobs/{sha256}/", path


def get(url: str, **headers: str) -> Any:
    return personas.client("viewer").get(url, headers=headers)


def test_a_range_request_does_not_hash_the_whole_blob(hashed: list[int]) -> None:
    url, _ = stored()
    assert b"".join(get(url, range="bytes=3-9")) == CONTENT[3:10]
    assert not hashed


def test_a_blob_is_hashed_once_while_nobody_touches_it(hashed: list[int]) -> None:
    url, path = stored()
    for _ in range(3):
        assert b"".join(get(url)) == CONTENT
    assert len(hashed) == 1
    path.chmod(0o600)
    path.write_bytes(b"x" + CONTENT[1:])
    assert get(url).json()["code"] == "blob_damaged"
    path.write_bytes(CONTENT)  # the store is shared by all tests


def test_what_may_change_again_within_one_tick_is_hashed_again(hashed: list[int]) -> None:
    url, path = stored()
    soon = time.time() + 3600  # however slowly this test runs, it was touched just now
    os.utime(path, (soon, soon))
    for _ in range(2):
        b"".join(get(url))
    assert len(hashed) == 2


def test_a_part_of_a_blob_that_is_too_short_is_damage() -> None:
    url, path = stored(CONTENT + b"short")
    path.chmod(0o600)
    path.write_bytes(CONTENT)
    assert get(url, range="bytes=0-9").json()["code"] == "blob_damaged"
    path.unlink()


def test_the_server_is_given_a_file_and_no_loop() -> None:
    sha256 = stored()[0].split("/")[-2]
    request = RequestFactory().get("/")
    for answer in (
        sending.whole(request, sha256),
        sending.part(request, sha256, len(CONTENT), sending.BlobPart(3, 7)),
        sending.parts(
            sha256, len(CONTENT), [sending.BlobPart(3, 7, b"head")], b"tail", "text/plain"
        ),
    ):
        assert isinstance(answer, FileResponse)
        assert answer.file_to_stream is not None
        assert answer.file_to_stream.seekable()
        assert int(answer["Content-Length"]) == len(b"".join(iter(answer)))
        answer.close()


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=3-9"}])
def test_a_proxy_may_send_the_file(settings: Any, headers: dict[str, str]) -> None:
    url, path = stored()
    settings.EDGEFLEET_DOWNLOADS = "accel:/files/"
    answer = get(url, **headers)
    assert answer["X-Accel-Redirect"] == f"/files/{blobs.path_of(url.split('/')[-2])}"
    settings.EDGEFLEET_DOWNLOADS = "sendfile"
    assert get(url, **headers)["X-Sendfile"] == str(path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_only_a_client_that_follows_is_sent_to_the_store(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = stored()
    settings.EDGEFLEET_DOWNLOADS = "redirect"
    monkeypatch.setattr(type(blobs.storage()), "url", lambda _, name: f"https://store/{name}")
    sent = get(url, **{"user-agent": "edgefleet-agent/1.0"})
    assert (sent.status_code, sent["Location"].startswith("https://store/")) == (307, True)
    assert b"".join(get(url, **{"user-agent": "curl/8"})) == CONTENT
