"""Reads the project's own sources once for the tests of its shape."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("fleet", "registry", "builds", "ota", "device_agent")
SKIPPED = frozenset({"migrations", "build", "__pycache__"})


@dataclass(frozen=True)
class Source:
    """One Python file: where it is, its text and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))


@cache
def sources(*, tests: bool = False) -> tuple[Source, ...]:
    """Return every file of the packages, and of the tests when asked."""
    folders = [*PACKAGES, *(["tests"] if tests else [])]
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(
        Source(path, text := path.read_text(), ast.parse(text))
        for path in paths
        if not SKIPPED & set(path.relative_to(ROOT).parts)
    )
