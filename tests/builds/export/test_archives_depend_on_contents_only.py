"""Archives: equal members give equal bytes, strange members are refused."""

import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.export import ExportError, pack
from builds.export.archive import ARCHIVE_MAX, MEMBERS_MAX, PACKERS

NAMES = st.from_regex(r"[a-z0-9_]{1,8}(/[a-z0-9_]{1,8}){0,2}", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=64), min_size=1, max_size=6)


@given(FILES, st.sampled_from(sorted(PACKERS)), st.randoms())
def test_the_order_in_which_files_come_does_not_matter(files, suffix, dice) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(files.items())
    dice.shuffle(shuffled)
    assert pack(files, suffix) == pack(dict(shuffled), suffix)


@given(FILES)
def test_a_zip_gives_back_what_went_in(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(pack(files, ".zip", root="top"))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"top/{name}": data for name, data in files.items()
        }
        assert archive.testzip() is None


@given(FILES)
def test_a_tar_gives_back_what_went_in(files: dict[str, bytes]) -> None:
    with tarfile.open(fileobj=io.BytesIO(pack(files, ".tar"))) as archive:
        assert archive.getnames() == sorted(files)
        for member in archive:
            found = archive.extractfile(member)
            assert found is not None
            assert found.read() == files[member.name]


def test_no_member_tells_when_or_where_it_was_packed() -> None:
    files = {"b": b"2", "a": b"1"}
    with tarfile.open(fileobj=io.BytesIO(pack(files, ".tar"))) as tar:
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in tar} == {
            (0, 0, 0, "", "", 0o644)
        }
    with zipfile.ZipFile(io.BytesIO(pack(files, ".zip"))) as archive:
        assert [info.filename for info in archive.infolist()] == ["a", "b"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize("name", ["../up", "/root", "a//b", "a/../b", ".hidden", "a b", "a\\b", ""])
def test_a_name_that_could_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(ExportError, match="member named"):
        pack({name: b""}, ".zip", root="")


def test_other_endings_are_refused_with_those_that_there_are() -> None:
    with pytest.raises(ExportError, match=r"\.pack, \.tar, \.zip, not in '\.rar'"):
        pack({"a": b""}, ".rar")


def test_an_archive_is_bounded() -> None:
    with pytest.raises(ExportError, match="1 to 1000 files, not 0"):
        pack({}, ".zip")
    with pytest.raises(ExportError, match="files, not 1001"):
        pack({f"f{i}": b"" for i in range(MEMBERS_MAX + 1)}, ".zip")
    half = bytes(ARCHIVE_MAX // 2 + 1)
    with pytest.raises(ExportError, match="at most 256 MiB"):
        pack({"a": half, "b": half}, ".zip")
