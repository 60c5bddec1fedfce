import pytest

from builds.models import Artifact
from registry import blobs
from tests import personas
from tests.builds import makers


@pytest.fixture
def file(db: None) -> Artifact:
    found = makers.built().artifacts.get(filename="installed.bin")
    assert isinstance(found, Artifact)
    return found


def get(file: Artifact, **headers: str):  # type: ignore[no-untyped-def]
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return personas.client("viewer").get(
        f"/api/v1/artifacts/{file.public_id}/download/", headers=names
    )


def test_the_whole_file_comes_with_its_digest_and_length(file: Artifact) -> None:
    answer = get(file)
    body = b"".join(answer.streaming_content)
    assert body == blobs.read(file.sha256)
    assert answer["ETag"] == f'"{file.sha256}"'
    assert int(answer["Content-Length"]) == file.size_bytes == len(body)
    assert answer["Content-Disposition"] == 'attachment; filename="installed.bin"'


def test_a_download_that_broke_off_is_resumed(file: Artifact) -> None:
    whole = blobs.read(file.sha256)
    answer = get(file, Range="bytes=5-", If_Range=f'"{file.sha256}"')
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes 5-{len(whole) - 1}/{len(whole)}"
    assert b"".join(answer.streaming_content) == whole[5:]


def test_a_resume_of_other_bytes_starts_again(file: Artifact) -> None:
    answer = get(file, Range="bytes=5-", If_Range='"another"')
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == blobs.read(file.sha256)


def test_a_file_that_the_caller_has_is_not_sent(file: Artifact) -> None:
    answer = get(file, If_None_Match=f'"{file.sha256}"')
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_range_beyond_the_end_is_told_the_length(file: Artifact) -> None:
    answer = get(file, Range="bytes=999999-")
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{file.size_bytes}"
