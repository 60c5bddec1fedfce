"""The hand-written C++ that ships with every build, as text."""

from functools import cache
from pathlib import Path

_RUNTIME = Path(__file__).parent / "runtime"


@cache
def runtime_text(name: str) -> str:
    """Read one file of `runtime/`."""
    return (_RUNTIME / f"{name}.h").read_text("utf-8")
