from pathlib import Path

import pytest

from builds.targets import load_target
from builds.toolchain import ToolchainError, ToolFailed, build_library
from tests.builds.toolchain.sources import model

pytestmark = pytest.mark.toolchain
M4 = load_target("cortex-m4f")


def test_an_error_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match=r"model\.cc:\d+"):
        build_library({"model.cc": model("this is not C++;")}, M4, tmp_path)


def test_a_warning_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="unused"):
        build_library({"model.cc": model("int unused = 1;")}, M4, tmp_path)


def test_a_missing_entry_point_is_named(tmp_path: Path) -> None:
    text = model().replace("ef_output", "something_else")
    with pytest.raises(ToolFailed, match="ef_output"):
        build_library({"model.cc": text}, M4, tmp_path)


@pytest.mark.parametrize("name", ["../model.cc", "/tmp/model.cc", "a/b.cc", ""])
def test_a_source_cannot_leave_its_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError):
        build_library({name: model()}, M4, tmp_path)


def test_headers_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="there is no"):
        build_library({"model.h": ""}, M4, tmp_path)


def test_a_long_complaint_is_cut(tmp_path: Path) -> None:
    body = "\n".join(f"wrong{i}();" for i in range(400))
    with pytest.raises(ToolFailed) as caught:
        build_library({"model.cc": model(body)}, M4, tmp_path)
    assert len(str(caught.value)) < 2300
