from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.targets import load_target
from builds.toolchain import BadObject, build_library
from builds.toolchain.elf import Elf
from tests.builds.toolchain.sources import model

pytestmark = pytest.mark.toolchain


@cache
def image(name: str) -> bytes:
    with TemporaryDirectory() as folder:
        files = {"model.cc": model()}
        return build_library(files, load_target(name), Path(folder)).image.read_bytes()


def read_everything(data: bytes) -> None:
    elf = Elf(data)
    assert isinstance(elf.sections, tuple)
    assert isinstance(elf.symbols, dict)
    assert isinstance(elf.undefined, frozenset)
    assert all(piece.size for piece in elf.pieces)


@pytest.mark.parametrize("name", ["cortex-m4f", "linux-x86_64"])
def test_both_classes_are_read(name: str) -> None:
    elf = Elf(image(name))
    text = next(section for section in elf.sections if section.name == ".text")
    assert text.address <= elf.symbols["ef_invoke"] < text.address + text.size
    assert elf.undefined == frozenset()
    assert len(text.data) == text.size


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(BadObject):
        Elf(noise).sections  # noqa: B018 - reading is the test


@given(
    st.sampled_from(["cortex-m4f", "linux-x86_64"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
)
def test_a_damaged_file_is_read_or_refused(
    name: str, changes: list[tuple[float, int]], kept: float
) -> None:
    data = bytearray(image(name))
    for where, value in changes:
        data[int(where * len(data))] = value
    with suppress(BadObject):
        read_everything(bytes(data[: max(1, int(len(data) * kept))]))


@given(st.integers(0, 63), st.integers(0, 255))
def test_every_header_byte_may_be_wrong(at: int, value: int) -> None:
    data = bytearray(image("cortex-m4f"))
    data[at] = value
    with suppress(BadObject):
        read_everything(bytes(data))
