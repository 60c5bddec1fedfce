"""Names and versions: what comes from people becomes what all ecosystems carry, or is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.export import ExportError, slug_of
from builds.export.material import NAME_MAX, checked_version


@given(st.text(max_size=80))
def test_a_slug_is_an_identifier_or_refused(name: str) -> None:
    try:
        slug = slug_of(name)
    except ExportError:
        assert not any(letter.isalnum() for letter in name)
    else:
        assert re.fullmatch("[a-z][a-z0-9_]*", slug)
        assert len(slug) <= NAME_MAX


@given(st.text(max_size=80))
def test_a_slug_is_its_own_slug(name: str) -> None:
    try:
        slug = slug_of(name)
    except ExportError:
        return
    assert slug_of(slug) == slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Gear wear-2", "gear_wear_2"),
        ("9lives", "model_9lives"),
        ("__x__", "x"),
        ("a" * 99, "a" * 48),
        ("Zähler für Öl", "zahler_fur_ol"),
        ("模型", "model_c98e118e"),
    ],
)
def test_names_stay_readable(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_a_name_without_letters_is_refused() -> None:
    with pytest.raises(ExportError, match="no letter or digit"):
        slug_of("… ?")


@pytest.mark.parametrize("version", ["1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-rc", "", "1.2.999999"])
def test_a_version_is_three_numbers(version: str) -> None:
    with pytest.raises(ExportError, match="three numbers"):
        checked_version(version)
    assert checked_version("10.0.7") == "10.0.7"
