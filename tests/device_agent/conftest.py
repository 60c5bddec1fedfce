"""What the agent's tests share: small compiled models for this very machine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.device_agent.simulators.compiled_library import NoCompiler, build_library
from tests.device_agent.simulators.memory import folder_in_memory

Compile = Callable[..., bytes]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """``compiled("HANG")`` is a shared object that hangs; ``compiled()`` one that works."""
    folder = tmp_path_factory.mktemp("libraries")
    made: dict[tuple[str, ...], bytes] = {}

    def build(*defines: str) -> bytes:
        if defines not in made:
            try:
                out = folder / ("-".join(("model", *defines)) + ".so")
                made[defines] = build_library(out, *defines)
            except NoCompiler as missing:
                pytest.skip(str(missing))
        return made[defines]

    return build


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """Like ``tmp_path``, for tests that sync a hundred times and are not about the medium."""
    with folder_in_memory() as folder:
        yield folder
