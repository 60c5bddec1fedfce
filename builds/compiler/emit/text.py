"""The hand-written C++ that ships with every build, as text.

What one operator needs lies beside it, and what several need in `operators/common`, under its own
name. Loops that each family of processors has of its own lie in `runtime/` as kernel by family:
`dsp/columns.h` is the loop that operators ask for as `columns_dsp`, and `dsp/common.h` is what that
family's loops share, `dsp`. `runtime/common` is what a file needs whatever the operators are.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

from builds.compiler import operators

_RUNTIME: Final = Path(__file__).parent / "runtime"
FAMILIES: Final = frozenset({"dsp", "mve", "portable", "scalar", "thumb1", "vector"})
SHARED: Final = "common"


@cache
def runtime_text(name: str) -> str:
    """Read one header. Raises KeyError for one that is not there."""
    return headers()[name].read_text("utf-8")


@cache
def headers() -> Mapping[str, Path]:
    """Give every header by the name that a lowered operator asks for."""
    return {name_of(path): path for folder in _folders() for path in sorted(folder.rglob("*.h"))}


def _folders() -> Iterator[Path]:
    yield _RUNTIME
    for room in sorted(iter_modules(operators.__path__), key=lambda found: found.name):
        if room.ispkg:
            package = import_module(f"{operators.__name__}.{room.name}")
            yield from map(Path, package.__path__)


def name_of(path: Path) -> str:
    """Give the name that a lowered operator asks for; a processor family is its suffix."""
    family = path.parent.name
    if family not in FAMILIES:
        return path.stem
    return family if path.stem == SHARED else f"{path.stem}_{family}"
