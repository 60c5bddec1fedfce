"""Rules 17 and 18: the tests mirror the house, and each of them asserts."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.house import functions
from tests.architecture.shape import ROOT, Source, sources

# Suites that go across packages, or are about the project and not about one of its rooms.
ACROSS = frozenset(
    "agent_and_service architecture browser contract packaging project servers simulators".split()
)
SAYS = re.compile(r"^_?(?:assert|check|expect|refused|fails|proves?|same|equal)")


def suites() -> list[Source]:
    return [source for source in sources(tests=True) if source.name.startswith("tests/")]


def tests_stand_where_their_room_stands() -> Iterator[str]:
    for source in suites():
        parts = source.path.relative_to(ROOT / "tests").parent.parts
        if not parts or parts[0] in ACROSS or "simulators" in parts:
            continue
        if not (ROOT / "/".join(parts)).is_dir():
            yield f"tests/{'/'.join(parts)}"


def asserts(function: ast.FunctionDef) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            last = name.rpartition(".")[2]
            if last in {"raises", "warns"} or SAYS.match(last) or "assert" in name:
                return True
    return False


def helpers(source: Source) -> set[str]:
    """The file's own functions that assert."""
    return {f.name for f in functions(source.tree) if asserts(f)}


def a_test_asserts() -> Iterator[str]:
    for source in suites():
        own = helpers(source)
        for function in functions(source.tree):
            if not function.name.startswith("test_") or asserts(function):
                continue
            called = {
                ast.unparse(node.func).rpartition(".")[2]
                for node in ast.walk(function)
                if isinstance(node, ast.Call)
            }
            if not called & own:
                yield f"{source.name}: {function.name}"
