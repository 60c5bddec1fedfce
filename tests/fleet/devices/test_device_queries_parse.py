"""The text of a device query, its tree, and what it means."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.devices.labels.query import (
    And,
    Like,
    Not,
    OneOf,
    Or,
    SeenWithin,
    matches,
    parse_query,
    write,
)
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


def test_not_in_is_the_opposite_of_in() -> None:
    assert parse_query("site not in (oslo)") == Not(OneOf("site", ("oslo",)))


def test_like_takes_any_text_for_a_star_and_nothing_else_for_other_signs() -> None:
    tree = parse_query('name like "cam-*.left"')
    assert tree == Like("name", "cam-*.left")
    assert matches(tree, {"name": "cam-7.left"})
    assert not matches(tree, {"name": "cam-7-left"})
    assert not matches(tree, {"name": "cam-7.left\n"})
    assert not matches(parse_query("lot like *"), {})


@given(st.text("ab*", min_size=1, max_size=12), st.text("ab", min_size=1, max_size=30))
def test_both_readings_of_a_pattern_are_the_same(pattern: str, value: str) -> None:
    like = Like("name", pattern)
    found = [re.search(each, value) for each in (like.expression(), like.linear_expression())]
    assert (found[0] is None) == (found[1] is None)


def test_a_long_value_that_nearly_fits_is_read_once() -> None:
    """Read again from every place where a part stands, it would take longer than anybody waits."""
    tree = parse_query("attribute/note like *a*b*c")
    assert not matches(tree, {"attribute/note": "ab" * 8000})


def test_what_the_service_knows_and_what_devices_say_has_a_scope() -> None:
    tree = parse_query("runs/version=1.2 and attribute/os like Deb* and device/state=accepted")
    facts = {"runs/version": "1.2", "attribute/os": "Debian", "device/state": "accepted"}
    assert matches(tree, facts)
    assert not matches(tree, {"version": "1.2", "os": "Debian", "state": "accepted"})


def test_a_device_that_was_never_heard_was_not_seen_within_any_time() -> None:
    tree = parse_query("device/seen within 2h")
    assert tree == SeenWithin(7200)
    assert matches(tree, {}, silent_seconds=7200)
    assert not matches(tree, {}, silent_seconds=7201)
    assert not matches(tree, {})


def test_of_a_device_that_joins_only_labels_are_known() -> None:
    parse_query("lot=B7 and target=cortex-m4f", labels_only=True)
    with pytest.raises(Refused, match="not known of a device that joins"):
        parse_query("lot=B7 and runs/version=1", labels_only=True)


def test_a_mistake_is_told_with_its_column() -> None:
    with pytest.raises(Refused, match=r"\(column 12\)"):
        parse_query("lot=B7 and 1x=2")


def test_a_label_that_is_not_there_equals_nothing() -> None:
    assert matches(parse_query("site!=paris"), {})
    assert not matches(parse_query("site=paris"), {})


@given(trees)
def test_what_is_written_parses_to_the_same_tree(tree: object) -> None:
    assert parse_query(write(tree)) == tree  # type: ignore[arg-type]


@given(trees, labels)
def test_negation_is_the_opposite(tree: object, some: dict[str, str]) -> None:
    assert matches(Not(tree), some) != matches(tree, some)  # type: ignore[arg-type]


@given(st.text(max_size=60) | st.text('ab/*=!() "and or not in like,', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_query(text)
    except Refused as error:
        assert error.message  # noqa: PT017 - nothing else may come out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "ends where a label"),
        ("lot", "needs '=', '!=', 'in' or 'like'"),
        ("lot not B7", "needs '=', '!=', 'in' or 'like'"),
        ("device/colour=red", "'device/colour' is not known of devices"),
        ("attribute/=x", "not known of devices"),
        ("runs/=x", "not known of devices"),
        ("device/seen=now", "has '=' where 'within'"),
        ("device/seen within 2y", "is not a time"),
        ("device/seen within 0s", "is not a time"),
        ("device/seen within 99999999d", "is not a time"),
        ("device/seen within", "ends where a time such as 2h"),
        ("lot like", "ends where a value"),
        ("lot like a*b*c*d*e", "at most 3"),
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
