"""What people write beside a file is small, plain, and safe to print."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import FleetError, Refused, TooLarge
from registry import names


@pytest.mark.parametrize("name", ["digits", "kws-2", "0a"])
def test_plain_model_names_pass(name: str) -> None:
    assert names.check_model_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", "A", "a b", "a/b", "ä", "a" * 65, "a\n"])
def test_other_model_names_are_refused(name: str) -> None:
    with pytest.raises(Refused, match="A model's name"):
        names.check_model_name(name)


@pytest.mark.parametrize("label", ["1.0", "2026-11-20", "1.0+q8", "Rc_1"])
def test_plain_labels_pass(label: str) -> None:
    assert names.check_label(label) == label


@pytest.mark.parametrize("label", ["", ".1", "1 0", "../1", "1\x1b[31m"])
def test_other_labels_are_refused(label: str) -> None:
    with pytest.raises(Refused, match="A label"):
        names.check_label(label)


@pytest.mark.parametrize("alias", ["", "Prod", "1", "a_b"])
def test_other_aliases_are_refused(alias: str) -> None:
    with pytest.raises(Refused, match="An alias"):
        names.check_alias(alias)


def test_a_dataset_name_may_hold_spaces() -> None:
    assert names.check_dataset_name("held out 2") == "held out 2"
    with pytest.raises(Refused, match="A dataset's name"):
        names.check_dataset_name("held\tout")


@pytest.mark.parametrize("value", [[], "text", None, 3])
def test_a_document_is_an_object(value: Any) -> None:
    with pytest.raises(Refused, match="Metrics must be a JSON object"):
        names.check_document(value, "Metrics")


def test_a_document_is_shallow() -> None:
    value: dict[str, Any] = {}
    for _ in range(9):
        value = {"a": value}
    with pytest.raises(Refused, match="more than 8 levels"):
        names.check_document(value, "Lineage")


def test_a_document_is_small() -> None:
    with pytest.raises(TooLarge, match="larger than 65536 bytes"):
        names.check_document({"a": "b" * 70_000}, "Lineage")


def test_a_document_holds_numbers_that_json_knows() -> None:
    with pytest.raises(Refused, match="plain JSON values"):
        names.check_document({"a": float("nan")}, "Metrics")


@pytest.mark.parametrize(
    ("given_names", "sentence"),
    [
        (["a", "a"], "same name"),
        ([""], "1 to 64 characters"),
        ([3], "is text"),
        (["a\n"], "printable"),
        ([str(n) for n in range(257)], "257 class names"),
    ],
)
def test_class_names_are_told_apart(given_names: list[Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        names.check_class_names(given_names)


@given(st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip  # noqa: E501
def test_any_value_is_a_document_or_refused(value: object) -> None:
    with suppress(FleetError):
        assert names.check_document(value, "Metrics") == value
