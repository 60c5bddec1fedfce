import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.api.download import Span, Unsatisfiable, parse_range
from builds.models import Artifact
from registry import blobs
from tests import personas
from tests.builds import makers


@given(st.integers(1, 10_000), st.integers(0, 12_000), st.none() | st.integers(0, 12_000))
def test_a_range_is_what_a_slice_would_give(size: int, first: int, last: int | None) -> None:
    data = range(size)
    wanted = data[first : None if last is None else last + 1]
    header = f"bytes={first}-{'' if last is None else last}"
    try:
        span = parse_range(header, size)
    except Unsatisfiable:
        assert first >= size
        return
    if last is not None and last < first:
        assert span is None
        return
    assert span is not None
    assert data[span.first : span.last + 1] == wanted


@given(st.integers(1, 1000), st.integers(1, 2000))
def test_a_suffix_is_the_end_of_the_file(size: int, length: int) -> None:
    assert parse_range(f"bytes=-{length}", size) == Span(max(size - length, 0), size - 1)


@pytest.mark.parametrize(
    "header", [None, "", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=a-b", "bytes=5-2", "0-5"]
)
def test_what_is_no_single_range_means_the_whole_file(header: str | None) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=900-901", "bytes=-0"])
def test_a_range_beyond_the_end_cannot_be_served(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, 100)


@given(st.text(max_size=40), st.integers(0, 50))
def test_no_header_breaks_it(header: str, size: int) -> None:
    try:
        span = parse_range(header, size)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span.first <= span.last < size


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
