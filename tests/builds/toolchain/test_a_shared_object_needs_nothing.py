from pathlib import Path

import pytest

from builds.targets import load_target
from builds.toolchain import ToolFailed, build_shared
from builds.toolchain.elf import Elf
from tests.builds.toolchain.sources import model

pytestmark = pytest.mark.toolchain
DYNAMIC, NEEDED = 6, 1


@pytest.mark.parametrize("name", ["linux-x86_64", "linux-aarch64"])
def test_it_asks_for_no_other_library(name: str, tmp_path: Path) -> None:
    path = build_shared({"model.cc": model()}, load_target(name), tmp_path)
    table = next(s for s in Elf(path.read_bytes()).sections if s.kind == DYNAMIC)
    tags = [int.from_bytes(table.data[i : i + 8], "little") for i in range(0, table.size, 16)]
    assert path.name == "libmodel.so"
    assert NEEDED not in tags


def test_it_exports_the_four_functions(tmp_path: Path) -> None:
    data = build_shared({"model.cc": model()}, load_target("linux-x86_64"), tmp_path).read_bytes()
    for name in (b"ef_init", b"ef_input", b"ef_output", b"ef_invoke"):
        assert b"\0" + name + b"\0" in data


def test_a_call_into_the_c_library_is_refused(tmp_path: Path) -> None:
    text = 'extern "C" int puts(const char *);\n' + model('puts("hello");')
    with pytest.raises(ToolFailed, match="puts"):
        build_shared({"model.cc": text}, load_target("linux-x86_64"), tmp_path)
