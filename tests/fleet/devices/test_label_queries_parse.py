"""The text of a label query, its tree, and what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.devices.labels.query import And, Not, OneOf, Or, matches, parse_query, write
from fleet.lib.errors import Refused
from tests.fleet.devices.queries import labels, trees


def test_not_binds_stronger_than_and_and_that_stronger_than_or() -> None:
    tree = parse_query("lot=B7 and site!=paris or not target=cortex-m4f")
    lot, site, target = (
        OneOf("lot", ("B7",)),
        Not(OneOf("site", ("paris",))),
        Not(OneOf("target", ("cortex-m4f",))),
    )
    assert tree == Or((And((lot, site)), target))


def test_brackets_change_the_order() -> None:
    assert parse_query("a=1 and (b=2 or c=3)") == And(
        (OneOf("a", ("1",)), Or((OneOf("b", ("2",)), OneOf("c", ("3",)))))
    )


def test_in_lists_values_and_quotes_hold_spaces() -> None:
    assert parse_query('site in (paris, "le mans")') == OneOf("site", ("paris", "le mans"))


def test_a_label_that_is_not_there_equals_nothing() -> None:
    assert matches(parse_query("site!=paris"), {})
    assert not matches(parse_query("site=paris"), {})


@given(trees)
def test_what_is_written_parses_to_the_same_tree(tree: object) -> None:
    assert parse_query(write(tree)) == tree  # type: ignore[arg-type]


@given(trees, labels)
def test_negation_is_the_opposite(tree: object, some: dict[str, str]) -> None:
    assert matches(Not(tree), some) != matches(tree, some)  # type: ignore[arg-type]


@given(st.text(max_size=60) | st.text('ab=!() "and or not in,', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_query(text)
    except Refused as error:
        assert error.message  # noqa: PT017 - nothing else may come out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "ends where a label"),
        ("lot", "needs '=', '!=' or 'in'"),
        ("lot=", "ends where a value"),
        ("lot=B7 site=x", "goes on with 'site'"),
        ("(lot=B7", r"ends where '\)'"),
        ("1lot=B7", "is not a label"),
        ("and=1", "is not a label"),
        ('lot=""', "is not a value"),
        ("lot==B7", "is not a value"),
        ('lot="B7', "cannot be read at"),
        ("lot in (a b)", "has 'b' where"),
        ("not " * 30 + "a=1", "at most 20 deep"),
        (" and ".join(["a=1"] * 51), "at most 50 comparisons"),
        ("a in (" + ",".join("b" * 60) + ")", "at most 50 values"),
        ("a=" + "b" * 2000, "at most 1000 characters"),
    ],
)
def test_each_mistake_has_its_sentence(text: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        parse_query(text)
