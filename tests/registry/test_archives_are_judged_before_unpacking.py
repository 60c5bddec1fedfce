"""A zip from a stranger is judged by its directory; only our errors come out of any bytes."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import FleetError, Refused, TooLarge
from registry.files.archive import ArchiveBounds, open_archive, read_member
from tests.registry.factories import refusal_of, zip_bytes

BOUNDS = ArchiveBounds(members=4, unpacked_bytes=8 * 1024**2, ratio=100)


def opened(data: bytes, bounds: ArchiveBounds = BOUNDS) -> zipfile.ZipFile:
    return open_archive(io.BytesIO(data), bounds)


def test_a_sound_archive_opens() -> None:
    archive = opened(zip_bytes({"a": b"1", "b/c": b"2"}))
    assert read_member(archive, "b/c", limit_bytes=10) == b"2"


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_an_archive_that_was_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(Refused, match="damaged or was cut off"):
        opened(zip_bytes({"a": b"1" * 100})[:-cut])


def test_too_many_members_are_refused() -> None:
    with pytest.raises(Refused, match="has 5 members; at most 4"):
        opened(zip_bytes({str(n): b"" for n in range(5)}))


@pytest.mark.parametrize("name", ["../up", "/root", "a/../b", "a\\b", "bell\x07", "./here"])
def test_a_name_that_is_not_plain_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="name is not plain"):
        opened(zip_bytes({name: b""}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", b"1")
        archive.writestr("a", b"2")
    with pytest.raises(Refused, match="same name"):
        opened(stream.getvalue())


def test_other_methods_of_packing_are_refused() -> None:
    with pytest.raises(Refused, match="use store or deflate"):
        opened(zip_bytes({"a": b"1" * 99}, zipfile.ZIP_LZMA))


def test_a_link_is_refused() -> None:
    info = zipfile.ZipInfo("a")
    info.external_attr = 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(Refused, match="is a link"):
        opened(stream.getvalue())


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(zip_bytes({"a": b"1"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refused, match="is encrypted"):
        opened(bytes(data))


def test_a_bomb_is_refused_by_its_ratio_without_unpacking() -> None:
    with pytest.raises(Refused, match="more than 100 times"):
        opened(zip_bytes({"a": bytes(4 * 1024**2)}, zipfile.ZIP_DEFLATED))


def test_a_bomb_is_refused_by_its_size_without_unpacking() -> None:
    with pytest.raises(TooLarge, match="at most 8388608"):
        opened(zip_bytes({"a": bytes(9 * 1024**2)}, zipfile.ZIP_DEFLATED))


def test_members_that_share_bytes_are_refused() -> None:
    data = bytearray(zip_bytes({"a": b"1" * 64, "b": b"2" * 64}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    with pytest.raises(Refused, match="share bytes"):
        opened(bytes(data))


def test_a_member_longer_than_it_says_is_refused() -> None:
    data = bytearray(zip_bytes({"a": b"1" * 64}))
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 63)
    with pytest.raises(Refused, match=r"damaged|not as long"):
        read_member(opened(bytes(data)), "a", limit_bytes=100)


def test_a_member_above_the_caller_s_limit_is_not_read() -> None:
    with pytest.raises(TooLarge, match="a has 64 bytes; at most 10"):
        read_member(opened(zip_bytes({"a": b"1" * 64})), "a", limit_bytes=10)


@given(
    st.integers(0, 400),
    st.integers(0, 255),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_whatever_byte_is_changed_only_our_errors_come_out(
    place: int, value: int, method: int
) -> None:
    data = bytearray(zip_bytes({"a": b"hello" * 20, "b": b"world" * 20}, method))
    data[place % len(data)] = value

    def read() -> None:
        archive = opened(bytes(data))
        for name in archive.namelist():
            assert len(read_member(archive, name, limit_bytes=1000)) <= 1000

    assert (refusal_of(read) or ".").endswith(".")


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(FleetError):
        opened(noise)
