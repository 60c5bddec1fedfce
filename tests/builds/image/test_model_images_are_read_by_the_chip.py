"""What the packer writes, Python and the chip's C reader read alike; neither takes damage."""

import ctypes
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.image import BadImage, ImageError
from builds.image.model_image import PayloadKind, SlotImage, pack, read
from device_agent.protocol.chip.image import target_digest
from tests.simulators.whole_chip import IMAGE, library

pytestmark = pytest.mark.toolchain
u32 = st.integers(0, 2**32 - 1)
digests = st.binary(min_size=32, max_size=32)


@st.composite
def images(draw: Callable[[st.SearchStrategy[int]], int]) -> SlotImage:
    kind = PayloadKind(draw(st.sampled_from([0, 1])))
    payload = bytes(draw(st.integers(0, 255)) for _ in range(draw(st.integers(1, 64))))
    entry = draw(st.integers(0, len(payload) - 1))
    return SlotImage(
        kind=kind,
        load_address=draw(u32),
        payload=payload,
        entry=entry,
        counter=draw(u32),
        target=target_digest(f"target {draw(u32)}"),
        abi=draw(u32).to_bytes(32, "big"),
        model_sha256=draw(u32).to_bytes(32, "little"),
    )


def read_by_chip(data: bytes) -> tuple[object, ...] | None:
    """Kind, and what follows the flags."""
    found = ctypes.create_string_buffer(IMAGE.size)
    answer = library().chip_read_image(data, len(data), found)
    if answer != 0:
        return None
    _, _, kind, _, *more = IMAGE.unpack(found.raw)
    return kind, *more


@given(images())
def test_both_read_what_was_packed(image: SlotImage) -> None:
    data = pack(image)
    assert read(data) == image
    assert read_by_chip(data) == (
        image.kind,
        image.load_address,
        len(image.payload),
        image.entry,
        image.counter,
        image.target,
        image.abi,
        image.model_sha256,
    )


@given(images(), st.data())
def test_neither_reads_a_damaged_one(image: SlotImage, data: st.DataObject) -> None:
    whole = bytearray(pack(image))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadImage):
        read(bytes(whole))
    assert read_by_chip(bytes(whole)) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_by_both(data: bytes) -> None:
    with pytest.raises(BadImage):
        read(data)
    assert read_by_chip(data) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"counter": 2**32}, "32 bits"),
        ({"load_address": -1}, "32 bits"),
        ({"payload": b""}, "1 to"),
        ({"entry": 4}, "outside of the payload"),
        ({"abi": b"short"}, "32 bytes each"),
        ({"target": b"short"}, "mark has 8 bytes"),
        ({"kind": PayloadKind.WEIGHTS, "entry": 4}, "outside of the payload"),
    ],
)
def test_what_no_chip_could_read_is_not_packed(change: dict[str, object], sentence: str) -> None:
    facts: dict[str, object] = {
        "kind": PayloadKind.CODE,
        "load_address": 0,
        "payload": b"code",
        "entry": 0,
        "counter": 1,
        "target": target_digest("cortex-m4f"),
        "abi": bytes(32),
        "model_sha256": bytes(32),
    }
    with pytest.raises(ImageError, match=sentence):
        pack(SlotImage(**{**facts, **change}))  # type: ignore[arg-type]  # wrong on purpose
