"""A model that CMake installed is found by another project, and passes its golden vectors there."""

import shutil
from pathlib import Path

import pytest

from tests.builds.export.checkers import found

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.usefixtures("as_a_customer"),
    pytest.mark.skipif(
        not (shutil.which("cmake") and shutil.which("c++") and shutil.which("cc")),
        reason="cmake and a host compiler are not installed",
    ),
]


def test_find_package_gives_the_model(tmp_path: Path) -> None:
    assert found(tmp_path) == (True, "the golden vectors pass")
