"""The secret of a token: random, checkable without the database, kept only as a keyed hash."""

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from fleet.access.rules import token_secret
from fleet.access.rules.token_secret import (
    ALPHABET,
    PREFIX,
    SECRET_LENGTH,
    digest,
    digests,
    new_secret,
)


def test_it_starts_with_the_prefix_that_scanners_know() -> None:
    assert new_secret().startswith("ef_pat_")


def test_its_length_never_varies() -> None:
    assert {len(new_secret()) for _ in range(50)} == {SECRET_LENGTH}


def test_two_are_never_equal() -> None:
    assert len({new_secret() for _ in range(200)}) == 200


def test_a_new_one_is_well_formed() -> None:
    assert all(token_secret.is_well_formed(new_secret()) for _ in range(50))


@given(st.integers(len(PREFIX), SECRET_LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_seen_at_once(place: int, character: str) -> None:
    secret = new_secret()
    typo = secret[:place] + character + secret[place + 1 :]
    assert token_secret.is_well_formed(typo) == (typo == secret)


@given(st.text(max_size=80))
def test_no_text_breaks_the_check(text: str) -> None:
    assert token_secret.is_well_formed(text) in (False, True)


@pytest.mark.parametrize("wrong", ["", "ef_pat_", "Bearer", "ef_pat_" + "é" * 49, "x" * 56])
def test_other_shapes_are_refused(wrong: str) -> None:
    assert not token_secret.is_well_formed(wrong)


def test_the_hash_depends_on_the_service_key() -> None:
    secret = new_secret()
    with override_settings(SECRET_KEY="another"):
        other = digest(secret)
    assert digest(secret) != other


def test_an_old_service_key_still_opens_its_tokens() -> None:
    secret = new_secret()
    with override_settings(SECRET_KEY="old"):
        stored = digest(secret)
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        assert stored in digests(secret)
        assert digest(secret) != stored


def test_the_hash_does_not_hold_the_secret() -> None:
    secret = new_secret()
    assert secret not in digest(secret)
    assert len(digest(secret)) == 64
