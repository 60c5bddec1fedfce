"""Tables for people, exactly one JSON document for programs, and no control over the terminal."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from fleet.cli.errors import RequestRefused
from fleet.cli.output import Output, cell, pick, size, words
from tests.fleet.cli.terminal import Terminal

ROWS: list[dict[str, Any]] = [
    {"name": "a", "runs": {"version": "1.0"}},
    {"name": "b", "runs": None},
]
COLUMNS = {"NAME": "name", "RUNS": "runs.version"}


def output(
    *, as_json: bool = False, terminal: bool = False
) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    made = Output(
        as_json=as_json,
        out=Console(
            file=out,
            width=80,
            markup=False,
            highlight=False,
            force_terminal=terminal,
            color_system=None,
        ),
        err=Console(file=err, width=80, markup=False, force_terminal=terminal),
    )
    return made, out, err


def test_a_list_is_a_table_on_a_terminal() -> None:
    made, out, _ = output(terminal=True)
    made.rows(ROWS, COLUMNS)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines == [["NAME", "RUNS"], ["a", "1.0"], ["b", "-"]]


def test_into_a_pipe_nothing_is_wrapped_or_cut() -> None:
    made, out, _ = output()
    digest = "0123456789abcdef" * 16
    made.rows([{"name": "a\tb", "runs": {"version": digest}}], COLUMNS)
    made.one({"name": digest}, ("name",))
    assert out.getvalue() == f"NAME\tRUNS\na\\tb\t{digest}\nname\t{digest}\n"


def test_quiet_prints_what_names_each_row_and_nothing_beside() -> None:
    made, out, err = output()
    made.quiet = True
    made.rows([{"id": "dev_1", "name": "a"}, {"name": "b"}], COLUMNS)
    made.one({"id": "rel_1"}, ("id",))
    made.note("It goes on.")
    assert out.getvalue() == "dev_1\nb\nrel_1\n"
    assert err.getvalue() == ""


@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("[0].name", "a\n"),
        ("[].runs.version", '[\n  "1.0"\n]\n'),
        ("length(@)", "2\n"),
        ("[5].name", "null\n"),
    ],
)
def test_a_query_prints_a_part_of_the_document(query: str, printed: str) -> None:
    made, out, _ = output(as_json=True)
    made.query = query
    made.rows(ROWS, COLUMNS)
    assert out.getvalue() == printed


@pytest.mark.parametrize("query", ["[", "a b", "nope(@)", "abs('x')"])
def test_a_query_that_cannot_be_answered_is_one_sentence(query: str) -> None:
    made, _, _ = output(as_json=True)
    made.query = query
    with pytest.raises(RequestRefused, match="cannot be answered"):
        made.rows(ROWS, COLUMNS)


def test_with_json_it_is_the_whole_documents() -> None:
    made, out, _ = output(as_json=True)
    made.rows(ROWS, COLUMNS)
    assert json.loads(out.getvalue()) == ROWS


def test_one_document_is_line_by_line() -> None:
    made, out, _ = output(terminal=True)
    made.one({"name": "a", "n": 3}, ("name", "n", "missing"))
    assert [line.split() for line in out.getvalue().splitlines()] == [
        ["name", "a"],
        ["n", "3"],
        ["missing", "-"],
    ]


def test_markup_in_names_is_text() -> None:
    made, out, _ = output()
    made.rows([{"name": "[red]x[/red]", "runs": {}}], COLUMNS)
    assert "[red]x[/red]" in out.getvalue()


@given(st.text(max_size=40))
def test_no_text_controls_the_terminal(text: str) -> None:
    shown = cell(text).plain
    assert all(character.isprintable() for character in shown)


def test_a_bar_shows_on_a_terminal_and_nowhere_else() -> None:
    for as_json, terminal, expected in (
        (False, True, True),
        (False, False, False),
        (True, True, False),
    ):
        made, _, err = output(as_json=as_json, terminal=terminal)
        with made.transfer("model.keras", 10) as tell:
            tell(10)
        assert ("model.keras" in err.getvalue()) is expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ([], "-"),
        (True, "yes"),
        (0.123456, "0.1235"),
        ([1, "a"], "1, a"),
        ({"lot": "B7", "n": 2}, "lot=B7 n=2"),
        (0, "0"),
    ],
)
def test_values_in_words(value: Any, text: str) -> None:
    assert words(value) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "-"), (12, "12 B"), (12_345, "12.3 kB"), (7_000_000_000_000, "7000.0 GB")],
)
def test_sizes_in_units(count: int | None, text: str) -> None:
    assert size(count) == text


def test_a_path_through_what_is_missing_is_nothing() -> None:
    assert pick({"a": {"b": 1}}, "a.b") == 1
    assert pick({"a": None}, "a.b.c") is None


@pytest.mark.parametrize("place", ["before", "after"])
def test_the_json_flag_stands_anywhere(terminal: Terminal, place: str) -> None:
    words = ("--json", "model", "list") if place == "before" else ("model", "list", "--json")
    assert json.loads(terminal.ok(*words)) == []
