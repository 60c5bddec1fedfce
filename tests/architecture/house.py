"""The house as data: folders, the files in them, what each file imports, what each class is."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tests.architecture.shape import PACKAGES, ROOT, Source, sources

# What Django and the design give every app: neither rooms of their own nor strange files.
FRAME_FILES = frozenset("__init__ admin apps choices selectors services tasks urls".split())
FRAME_ROOMS = frozenset("api ddi device_api management migrations models services".split())
APPS = ("fleet/access", "fleet/devices", "fleet/telemetry", "registry", "builds", "ota")


def folder(source: Source) -> str:
    return str(source.path.parent.relative_to(ROOT))


def module(source: Source) -> str:
    return source.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def folders(*, headers: bool = True) -> dict[str, tuple[str, ...]]:
    """The names (no suffix) of the Python files, and headers, of each folder of the packages."""
    kinds = {".py", ".h"} if headers else {".py"}
    found: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in kinds and "migrations" not in path.parts:
                found[str(path.parent.relative_to(ROOT))].append(path.stem)
    return {name: tuple(files) for name, files in found.items()}


def rooms(of: str) -> list[str]:
    """The folders of Python files right below one, apart from the frame, and from data that has a
    face alone.
    """
    here = [
        name.removeprefix(f"{of}/")
        for name, files in folders(headers=False).items()
        if name.startswith(f"{of}/") and files != ("__init__",)
    ]
    return sorted({name.split("/")[0] for name in here} - FRAME_ROOMS)


def imported(source: Source) -> Iterator[str]:
    """Every module that a file imports, and every `module.name` that it takes from one."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def importers() -> dict[str, frozenset[str]]:
    """Which of our files import each of our modules."""
    known = {module(source) for source in sources()}
    found: dict[str, set[str]] = defaultdict(set)
    for source in sources():
        for name in set(imported(source)) & known - {module(source)}:
            found[name].add(source.name)
    return {name: frozenset(files) for name, files in found.items()}


def classes(source: Source) -> Iterator[ast.ClassDef]:
    yield from (node for node in source.tree.body if isinstance(node, ast.ClassDef))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def constants(source: Source) -> Iterator[tuple[str, object]]:
    """The module's constants that are plain values."""
    for node in source.tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(value, ast.Constant):
            yield from ((t.id, value.value) for t in targets if isinstance(t, ast.Name))


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every text in the code, docstrings included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node


def lines(text: Iterable[str]) -> list[str]:
    return sorted(set(text))


def read(path: str) -> str:
    return Path(ROOT / path).read_text()
