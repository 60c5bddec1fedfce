from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.targets import load_target
from builds.toolchain import BadObject, Library, ToolFailed, build_library
from builds.toolchain.wasm import Wasm, wasm_sizes
from tests.builds.toolchain.sources import model

pytestmark = pytest.mark.toolchain
WASM = load_target("wasm32")


def build(text: str, folder: Path) -> Library:
    return build_library({"model.cc": text}, WASM, folder)


@cache
def module() -> bytes:
    with TemporaryDirectory() as folder:
        return build(model(), Path(folder)).image.read_bytes()


def test_sizes_are_those_of_the_module(tmp_path: Path) -> None:
    library = build(model(), tmp_path)
    assert library.image.name == "model.wasm"
    assert library.weights_bytes == 16
    assert library.bss_bytes == 32
    assert library.data_bytes == 0
    assert 0 < library.code_bytes < 2048


def test_more_ram_shows_as_ram(tmp_path: Path) -> None:
    assert build(model(inputs=4096), tmp_path).bss_bytes == 4096 + 16


def test_initialised_variables_show_as_data(tmp_path: Path) -> None:
    text = model("static int8_t last = 7; arena[16] = last; last = arena[0];")
    assert build(text, tmp_path).data_bytes >= 1


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = build(model(), tmp_path / "one"), build(model(), tmp_path / "two")
    assert one.image.read_bytes() == two.image.read_bytes()
    assert one.path.read_bytes() == two.path.read_bytes()


def test_a_call_to_the_outside_is_refused(tmp_path: Path) -> None:
    text = 'extern "C" int puts(const char *);\n' + model('puts("hello");')
    with pytest.raises(ToolFailed, match="puts"):
        build(text, tmp_path)


def test_it_says_where_its_data_lies() -> None:
    named = Wasm(module()).globals
    assert named["__data_end"] > named["__global_base"]


@given(st.binary(max_size=100))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(BadObject):
        wasm_sizes(noise)


@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.floats(0, 1),
)
def test_a_damaged_module_is_read_or_refused(changes: list[tuple[float, int]], kept: float) -> None:
    data = bytearray(module())
    for where, value in changes:
        data[int(where * len(data))] = value
    with suppress(BadObject):
        assert all(size >= 0 for size in wasm_sizes(bytes(data[: int(len(data) * kept)])))
