"""Filters and orders as MLflow's client writes them, over plain values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import Refused
from registry.mlflow.filters import order_of, parse
from tests.registry.factories import refusal_of

ROW: dict[str, dict[str, Any]] = {
    "attributes": {"name": "digits", "status": "FINISHED", "start_time": 1700},
    "metrics": {"accuracy": 0.97, "val/loss": 0.1},
    "params": {"width": "8"},
    "tags": {"mlflow.user": "ada", "team": "vision"},
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "metrics.accuracy > 0.9",
        "metrics.accuracy >= .97 AND params.width = '8'",
        'metrics."val/loss" < 1e0',
        "metrics.`val/loss` <= 0.1",
        "attributes.status = 'FINISHED' and status != \"FAILED\"",
        "tags.mlflow.user LIKE 'a%'",
        "tag.team ILIKE 'VIS%N'",
        "tag.`mlflow.prompt.is_prompt` != 'true'",
        "name='digits'",
        "start_time > -1",
        "name IN ('kws', 'digits')",
        "name NOT IN ('kws')",
        "tags.nothing IS NULL",
        "tags.team IS NOT NULL",
    ],
)
def test_it_holds(text: str) -> None:
    assert parse(text)(ROW)


@pytest.mark.parametrize(
    "text",
    [
        "metrics.accuracy > 0.97",
        "metrics.missing > 0",
        "params.width = '9'",
        "tags.team LIKE 'VIS%'",
        "name NOT IN ('digits')",
        "name='digits' AND status='FAILED'",
        "params.width > 1",
    ],
)
def test_it_does_not_hold(text: str) -> None:
    assert not parse(text)(ROW)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name", "A comparison is one of"),
        ("name = ", "ends in a number"),
        ("name = digits", "ends in a number"),
        ("name = 'a' OR name = 'b'", "joined by AND"),
        ("name > 'a'", "> compares numbers"),
        ("name IN ('a'", "a comma or the end"),
        ("= 'a'", "wants a name"),
        ("name = 'a' ; drop", "from character 11"),
        ("name LIKE '%a%b%c%d%e%f%'", "at most five"),
        (" AND ".join(["name = 'a'"] * 21), "at most 20"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        parse(text)


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_a_refusal(text: str) -> None:
    said = refusal_of(lambda: parse(text)(ROW))
    assert said is None or said.endswith(".")


def test_orders_put_what_lacks_the_value_last() -> None:
    rows = [{"metrics": {"a": value}} if value else {} for value in (1, None, 3, 2)]
    ordered = order_of(["metrics.a DESC"])(rows, lambda row: row)
    assert [row.get("metrics", {}).get("a") for row in ordered] == [3, 2, 1, None]


@pytest.mark.parametrize("operator", ["LIKE", "ILIKE"])
def test_a_pattern_costs_what_the_value_is_long(operator: str) -> None:
    test = parse(f"params.width {operator} '%a%a%a%a%b'")
    assert not test({"params": {"width": "a" * 8000}})
    assert test({"params": {"width": "a" * 8000 + "b"}})


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("ab%ba", False), ("ab%", True), ("%ab", False), ("%b%", True), ("a%a", True),
        ("aba", True), ("ab", False), ("%", True), ("a%b%a", True), ("a%ba%a", False),
        ("ABA", False),
    ],
)  # fmt: skip
def test_parts_of_a_pattern_never_share_a_character(pattern: str, fits: bool) -> None:
    assert parse(f"params.width LIKE '{pattern}'")({"params": {"width": "aba"}}) is fits
