"""What is read of `.swu`, `.raucb`, MCUboot images and archives, and of their signatures."""

import io
import tarfile
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ota.foreign.facts import FileFacts, FileFormat, Seal, dump
from ota.foreign.reading import read_facts
from tests.ota.foreign import images

MAKER = images.Maker.new()


def read(data: bytes) -> FileFacts:
    return read_facts(io.BytesIO(data), len(data))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_signed_swu() -> None:
    found = read(images.swu(MAKER))
    assert (found.format, found.seal, found.version) == (FileFormat.SWU, Seal.SIGNED, "3.2")
    assert found.boards == ("board-a", "board-b")
    assert found.signers == ("images of the tests",)
    assert found.members == ("sw-description", "sw-description.sig", "rootfs.ext4")


def test_an_unsigned_swu() -> None:
    assert read(images.swu()).seal is Seal.UNSIGNED


def test_a_swu_whose_file_is_not_the_described_one_is_broken() -> None:
    data = images.swu(MAKER)
    found = read(flipped(data, data.rindex(b"rootroot") + 3))
    assert found.seal is Seal.BROKEN
    assert "rootfs.ext4" in found.sentence


def test_a_swu_whose_signature_is_over_something_else_is_broken() -> None:
    said = images.description(("a", b"1"))
    signature = MAKER.sign(said + b" ")
    data = images.cpio(("sw-description", said), ("sw-description.sig", signature), ("a", b"1"))
    assert (read(data).seal, read(data).sentence) == (
        Seal.BROKEN,
        "The signature is over another description.",
    )


def test_a_swu_with_a_plain_signature_says_so() -> None:
    said = images.description(("a", b"1"))
    data = images.cpio(("sw-description", said), ("sw-description.sig", b"\x01" * 256), ("a", b"1"))
    assert read(data).sentence == "Signed, by 256 bytes that are not a CMS."


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (images.cpio(("rootfs", b"1")), "The archive does not begin with sw-description."),
        (images.cpio(), "The archive has no sw-description."),
        (images.swu()[:-200], "The archive ends in the middle of a member."),
        (b"070701" + b"X" * 200, "A member of the archive has no size."),
        (b"070701" + b"0" * 200, "A member of the archive has no name, or one that is too long."),
        (
            images.cpio(("sw-description", b" " * (256 * 1024 + 1))),
            "sw-description has 262145 bytes; at most 262144 are read.",
        ),
    ],
)
def test_a_swu_that_cannot_be_read_is_broken(data: bytes, sentence: str) -> None:
    found = read(data)
    assert (found.format, found.seal, found.sentence) == (FileFormat.SWU, Seal.BROKEN, sentence)


def test_a_rauc_bundle() -> None:
    found = read(images.raucb(MAKER))
    assert (found.format, found.seal, found.version) == (FileFormat.RAUC, Seal.SIGNED, "2026.5")
    assert found.boards == ("gateway-7",)
    assert found.signers == ("images of the tests",)
    assert found.sentence.startswith("A verity bundle, signed by images of the tests;")


def test_a_rauc_bundle_without_a_signature() -> None:
    assert read(images.raucb(None)).seal in (Seal.UNSIGNED, Seal.BROKEN)
    assert read(b"hsqs").seal is Seal.UNSIGNED


def test_an_mcuboot_image() -> None:
    found = read(images.mcuboot())
    assert (found.format, found.seal, found.version) == (FileFormat.MCUBOOT, Seal.SIGNED, "1.4.2+9")
    assert found.counter == 5
    assert found.signers == ("key abababababababab",)
    assert "Ed25519" in found.sentence


def test_an_unsigned_mcuboot_image() -> None:
    found = read(images.mcuboot(signature=None, counter=None))
    assert (found.seal, found.counter) == (Seal.UNSIGNED, None)


@pytest.mark.parametrize("at", [40, 100, 200])
def test_a_damaged_mcuboot_image_is_broken(at: int) -> None:
    assert read(flipped(images.mcuboot(), at)).seal is Seal.BROKEN


def test_an_mcuboot_image_that_tells_another_length_is_broken() -> None:
    assert read(images.mcuboot()[:-150]).seal is Seal.BROKEN
    assert read(images.mcuboot()[:20]).seal is Seal.BROKEN


def test_archives_and_other_files() -> None:
    assert read(images.tar("a", "b")).format is FileFormat.TAR
    oci = read(images.tar("oci-layout", "index.json"))
    assert (oci.format, oci.members) == (FileFormat.OCI, ("oci-layout", "index.json"))
    assert (read(b"anything").format, read(b"anything").seal) == (FileFormat.FILE, Seal.UNKNOWN)


WHOLE = [images.swu(MAKER), images.raucb(MAKER), images.mcuboot(), images.tar("oci-layout", "x")]


@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=8),
    st.integers(0, 2**16),
)
def test_damage_is_told_and_never_an_error(
    data: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(data)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    stored: Any = dump(read(bytes(damaged[: max(1, cut % (2 * len(damaged)))])))
    assert stored["seal"] in tuple(Seal)
    assert all(len(word) <= 200 for word in (stored["sentence"], *stored.get("signers", [])))


def test_words_of_strangers_are_cut_and_printable() -> None:
    said = 'software = { version = "1\x1b[2J\u202e"; }'.encode()
    found = dump(read(images.cpio(("sw-description", said))))
    assert all(mark.isprintable() for mark in found["version"])


def header(kind: bytes, size: int, name: str = "a") -> bytes:
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = kind, size
    return entry.tobuf(tarfile.USTAR_FORMAT)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_an_archive_of_headers_behind_headers_is_no_error(kind: bytes) -> None:
    data = (header(kind, 0) + header(kind, 512) + bytes(512)) * 3000 + header(b"0", 0) + bytes(1024)
    assert read(data).format is FileFormat.TAR


def test_a_name_as_long_as_the_archive_is_not_held() -> None:
    length = 8 * 1024 * 1024
    data = header(tarfile.GNUTYPE_LONGNAME, length) + b"n" * length + header(b"0", 0) + bytes(1024)
    tracemalloc.start()
    try:
        found = read_facts(io.BytesIO(data), len(data))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.format is FileFormat.TAR
    assert peak < length + 2 * 1024 * 1024  # the stream of the test keeps the bytes once


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_of_every_form_of_tar_are_told(form: int) -> None:
    made = io.BytesIO()
    names = ["./oci-layout", "folder/" + "b" * 90, "wide-ü"]
    if form != tarfile.USTAR_FORMAT:
        names.append("deep/" + "c" * 190)
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        folder = tarfile.TarInfo("folder/")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = 700
            archive.addfile(entry, io.BytesIO(bytes(700)))
    found = read(made.getvalue())
    assert found.format is FileFormat.OCI
    assert found.members == ("folder", "oci-layout", *names[1:])
    assert read(made.getvalue()[:1200]).seal is Seal.BROKEN


def test_a_signature_of_another_kind_than_a_signed_one_is_no_error() -> None:
    plain = bytes.fromhex("300f06092a864886f70d010701a0020400")  # CMS data, nothing signed
    bundle = b"hsqs" + bytes(600) + plain + len(plain).to_bytes(8, "big")
    assert read(bundle).seal is Seal.BROKEN
    said = images.description(("a", b"1"))
    data = images.cpio(("sw-description", said), ("sw-description.sig", plain), ("a", b"1"))
    assert read(data).format is FileFormat.SWU
