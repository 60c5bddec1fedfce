"""A bundle has one encoding; any other archive, or one changed byte, is refused."""

import io
import tarfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_agent.protocol import bundle
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.manifest import (
    GOLDEN,
    LIBRARY,
    MEMBERS,
    SCHEMA,
    Manifest,
    Tensor,
    dump_manifest,
    parse_manifest,
)

TENSOR = Tensor("x", "int8", (1, 4), 0.5, -3, 4)
FILES = {LIBRARY: b"\x7fELF" + bytes(700), GOLDEN: bytes(range(16)), SCHEMA: b"{}"}


def manifest_of(files: dict[str, bytes]) -> Manifest:
    return Manifest(
        model="digits",
        version="1.0",
        version_number=1,
        target="linux-x86_64",
        members={name: bundle.member_of(data) for name, data in files.items()},
        inputs=(TENSOR,),
        outputs=(replace(TENSOR, name="y", scale=0.0625),),
        golden_vectors=2,
        class_names=("a", "b", "c", "d"),
        arena_bytes=128,
    )


GOOD = bundle.write_bundle(manifest_of(FILES), FILES)


def test_what_is_written_is_read_back() -> None:
    contents = bundle.load_bundle(io.BytesIO(GOOD))
    assert contents.members == FILES
    assert contents.manifest == manifest_of(FILES)


def test_any_tar_program_can_list_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(GOOD)) as archive:
        assert archive.getnames() == ["manifest.json", *MEMBERS]
        library = archive.extractfile(LIBRARY)
        assert library is not None
        assert library.read() == FILES[LIBRARY]


@given(st.integers(1, 7), st.binary(max_size=300))
def test_it_can_be_read_from_a_source_that_answers_in_drops(drop: int, schema: bytes) -> None:
    files = {**FILES, SCHEMA: schema}
    data = io.BytesIO(bundle.write_bundle(manifest_of(files), files))

    class Dripping:
        def read(self, size: int, /) -> bytes:
            return data.read(min(size, drop))

    assert bundle.load_bundle(Dripping()).members == files


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_changed_byte_passes(position: int, flip: int) -> None:
    bad = bytearray(GOOD)
    bad[position] ^= flip
    try:
        contents = bundle.load_bundle(io.BytesIO(bytes(bad)))
    except ProtocolError:
        return
    # Only a changed manifest can still be a bundle: another one, which nobody has signed.
    assert contents.members == FILES
    assert contents.manifest != manifest_of(FILES)


@given(st.integers(0, len(GOOD) - 1))
def test_no_cut_bundle_passes(length: int) -> None:
    with pytest.raises(ProtocolError):
        bundle.load_bundle(io.BytesIO(GOOD[:length]))


@given(st.binary(min_size=1, max_size=600))
def test_nothing_may_follow_the_end(extra: bytes) -> None:
    with pytest.raises(ProtocolError, match="does not end"):
        bundle.load_bundle(io.BytesIO(GOOD + extra))


def test_a_path_that_climbs_is_no_member() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        info = tarfile.TarInfo("../../etc/passwd")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    with pytest.raises(ProtocolError, match="begins with a manifest"):
        bundle.load_bundle(io.BytesIO(out.getvalue()))


def test_a_manifest_without_a_digest_is_refused() -> None:
    text = dump_manifest(manifest_of(FILES)).replace(b'"sha256"', b'"sha255"')
    with pytest.raises(ProtocolError, match="sha256"):
        parse_manifest(text)


def test_golden_vectors_must_fill_their_file() -> None:
    with pytest.raises(ProtocolError, match="its vectors need 24"):
        parse_manifest(dump_manifest(replace(manifest_of(FILES), golden_vectors=3)))


@pytest.mark.parametrize(
    ("tensor", "sentence"),
    [
        (replace(TENSOR, bytes=5), "not its shape's"),
        (replace(TENSOR, dtype="int4"), "Unknown dtype"),
        (replace(TENSOR, scale=-1.0), "negative scale"),
        (replace(TENSOR, shape=(0, 4)), "must lie in"),
    ],
)
def test_a_tensor_that_contradicts_itself_is_refused(tensor: Tensor, sentence: str) -> None:
    with pytest.raises(ProtocolError, match=sentence):
        parse_manifest(dump_manifest(replace(manifest_of(FILES), inputs=(tensor,))))


def test_another_abi_is_refused() -> None:
    with pytest.raises(ProtocolError, match="ABI 'ef2'"):
        parse_manifest(dump_manifest(replace(manifest_of(FILES), abi="ef2")))


def test_a_manifest_that_lies_is_not_written() -> None:
    with pytest.raises(ProtocolError, match="does not describe"):
        bundle.write_bundle(manifest_of(FILES), {**FILES, GOLDEN: bytes(16)})
