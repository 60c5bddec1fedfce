"""The budgets of the design: small files, small functions, return types everywhere."""

import ast
from collections.abc import Iterator
from statistics import median

from tests.architecture.shape import Source, sources

FILE_LINES = 400
FUNCTION_LINES = 60
MEDIAN_FILE_LINES = 120
MEDIAN_FUNCTION_LINES = 10

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield node


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_the_cap() -> None:
    lengths = {source.name: source.text.count("\n") for source in sources(tests=True)}
    assert {name: n for name, n in lengths.items() if n > FILE_LINES} == {}


def test_no_function_is_longer_than_the_cap() -> None:
    long = [
        f"{source.name}:{node.lineno} {node.name} has {length(node)} lines"
        for source in sources(tests=True)
        for node in functions(source)
        if length(node) > FUNCTION_LINES
    ]
    assert long == []


def test_the_median_file_and_function_are_small() -> None:
    assert median(source.text.count("\n") for source in sources()) <= MEDIAN_FILE_LINES
    assert (
        median(length(node) for source in sources() for node in functions(source))
        <= MEDIAN_FUNCTION_LINES
    )


def test_every_function_says_what_it_returns() -> None:
    silent = [
        f"{source.name}:{node.lineno} {node.name}"
        for source in sources()
        for node in functions(source)
        if node.returns is None and node.name != "__init__"
    ]
    assert silent == []


def test_every_module_says_what_it_guarantees() -> None:
    assert [s.name for s in sources() if s.text.strip() and not ast.get_docstring(s.tree)] == []
