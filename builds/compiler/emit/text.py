"""The hand-written C++ that ships with every build, as text.

It lies in `runtime/` as kernel by family of processors: `dsp/columns.h` is the loop that kernels
ask for as `columns_dsp`, and `dsp/common.h` is what that family's loops share, `dsp`. What every
processor runs lies in the rooms of the kernels, under its own name.
"""

from functools import cache
from pathlib import Path
from typing import Final

_RUNTIME: Final = Path(__file__).parent / "runtime"
FAMILIES: Final = frozenset({"dsp", "mve", "portable", "scalar", "thumb1", "vector"})
SHARED: Final = "common"


@cache
def runtime_text(name: str) -> str:
    """Read one piece of `runtime/`. Raises KeyError for one that is not there."""
    return _pieces()[name].read_text("utf-8")


@cache
def _pieces() -> dict[str, Path]:
    return {_name(path): path for path in sorted(_RUNTIME.rglob("*.h"))}


def _name(path: Path) -> str:
    family = path.parent.name
    if family not in FAMILIES:
        return path.stem
    return family if path.stem == SHARED else f"{path.stem}_{family}"
