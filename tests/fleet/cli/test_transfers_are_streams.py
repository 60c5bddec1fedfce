"""Files are hashed and moved in pieces; a damaged one never gets its name."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.cli.errors import FailedOutcome, RequestRefused
from fleet.cli.rest.transfer import Upload, readable, safe_name, sha256_of, store
from fleet.lib.hashing import sha256_hex

DATA = bytes(range(256)) * 20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    path.write_bytes(DATA)
    return path


def test_the_progress_adds_up(file: Path) -> None:
    told: list[int] = []
    upload = Upload(file, told.append)
    while upload.read(1000):
        pass
    upload.close()
    assert sum(told) == len(DATA)
    assert max(told) <= 1000


def test_reading_again_takes_the_progress_back(file: Path) -> None:
    told: list[int] = []
    upload = Upload(file, told.append)
    upload.read(3000)
    upload.seek(0)
    assert sum(told) == 0
    assert upload.read(len(DATA)) == DATA
    upload.close()
    assert sum(told) == len(DATA)


def test_asking_for_the_length_is_no_progress(file: Path) -> None:
    told: list[int] = []
    upload = Upload(file, told.append)
    assert upload.seek(0, os.SEEK_END) == len(DATA)
    assert upload.tell() == len(DATA)
    assert os.fstat(upload.fileno()).st_size == len(DATA)
    upload.close()
    assert told == []


def test_the_digest_is_of_the_whole_file(file: Path) -> None:
    assert sha256_of(file) == sha256_hex(DATA)


def test_a_download_is_stored_whole(tmp_path: Path) -> None:
    told: list[int] = []
    path = tmp_path / "got"
    store([DATA[:100], DATA[100:]], path, sha256_hex(DATA), told.append)
    assert path.read_bytes() == DATA
    assert told == [100, len(DATA) - 100]


def test_a_damaged_download_leaves_the_old_file(file: Path) -> None:
    with pytest.raises(FailedOutcome, match="arrived damaged"):
        store([b"other"], file, sha256_hex(DATA), lambda _: None)
    assert file.read_bytes() == DATA
    assert list(file.parent.iterdir()) == [file]


def test_a_broken_download_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> object:
        yield DATA
        raise FailedOutcome("broke off")

    with pytest.raises(FailedOutcome):
        store(pieces(), tmp_path / "got", sha256_hex(DATA), lambda _: None)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "a\0b", "/etc/passwd"])
def test_a_name_that_leaves_the_folder_is_refused(name: str) -> None:
    with pytest.raises(RequestRefused, match="not a plain name"):
        safe_name(name)


@given(st.text(max_size=20))
def test_a_name_that_passes_stays_in_the_folder(name: str) -> None:
    try:
        kept = safe_name(name)
    except RequestRefused:
        return
    assert (Path("/folder") / kept).parent == Path("/folder")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(RequestRefused, match="no file"):
        readable(tmp_path)
