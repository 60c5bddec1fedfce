"""What the agent's tests share: small compiled models for this very machine."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "simulators" / "library.c"
FLAGS = ["-shared", "-fPIC", "-O1", "-nostdlib", "-fno-stack-protector"]

Compile = Callable[..., bytes]


def _compiler() -> list[str]:
    found = shutil.which("cc")
    if found:
        return [found]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=all"]
    pytest.skip("no C compiler: neither cc nor the ziglang package is installed")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """``compiled("HANG")`` is a shared object that hangs; ``compiled()`` one that works."""
    folder = tmp_path_factory.mktemp("libraries")
    made: dict[tuple[str, ...], bytes] = {}

    def build(*defines: str) -> bytes:
        if defines not in made:
            out = folder / ("-".join(("model", *defines)) + ".so")
            named = [f"-D{name}" for name in defines]
            subprocess.run(
                [*_compiler(), *FLAGS, *named, str(SOURCE), "-o", str(out)],
                check=True,
                capture_output=True,
                timeout=120,
            )
            made[defines] = out.read_bytes()
        return made[defines]

    return build
