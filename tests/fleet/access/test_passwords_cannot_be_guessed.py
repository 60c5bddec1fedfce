"""Wrong passwords are counted; who guesses too often is not tried any more."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from fleet.access import services
from fleet.access.accounts import backend as login
from fleet.access.accounts.backend import FAILURES_MAX
from tests import personas

pytestmark = pytest.mark.django_db
RIGHT = "correct horse battery"


@pytest.fixture(autouse=True)
def _ada(settings: Any) -> Iterator[None]:
    settings.AUTHENTICATION_BACKENDS = ["fleet.access.accounts.backend.GuardedBackend"]
    cache.clear()
    services.user_create(username="ada", password=RIGHT, role="viewer", by=personas.SYSTEM)
    yield
    cache.clear()


def signs_in(password: str, *, name: str = "ada", address: str = "192.0.2.1") -> bool:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = address
    return authenticate(request, username=name, password=password) is not None


def guess(count: int, **where: str) -> None:
    for number in range(count):
        assert not signs_in(f"guess {number}", **where)


def test_the_right_password_signs_in() -> None:
    assert signs_in(RIGHT)


def test_a_few_typos_do_no_harm() -> None:
    guess(FAILURES_MAX - 1)
    assert signs_in(RIGHT)
    guess(FAILURES_MAX - 1)
    assert signs_in(RIGHT)


def test_too_many_guesses_lock_even_the_right_password_out() -> None:
    guess(FAILURES_MAX)
    assert not signs_in(RIGHT)


def test_the_owner_elsewhere_is_not_locked_out() -> None:
    guess(FAILURES_MAX)
    assert signs_in(RIGHT, address="192.0.2.2")


def test_another_name_from_that_address_is_not_locked_out() -> None:
    guess(FAILURES_MAX, name="bob")
    assert signs_in(RIGHT)


def test_many_machines_cannot_guess_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "NAME_FAILURES_MAX", 5)
    for number in range(5):
        guess(1, address=f"192.0.2.{number}")
    assert not signs_in(RIGHT, address="192.0.2.200")


def test_spelling_the_name_otherwise_is_the_same_name() -> None:
    guess(FAILURES_MAX, name="ADA")
    assert not signs_in(RIGHT)


def test_a_name_that_is_nobody_gets_the_same_answer() -> None:
    guess(FAILURES_MAX + 1, name="nobody\n at all")


def test_the_lock_ends_with_its_window() -> None:
    guess(FAILURES_MAX)
    cache.clear()  # what the timeout does
    assert signs_in(RIGHT)


def test_the_form_says_the_same_for_a_lock_and_a_wrong_password() -> None:
    client, url = Client(), reverse("account_login")
    answers = [
        client.post(url, {"login": "ada", "password": f"guess {number}"}).status_code
        for number in range(FAILURES_MAX + 2)
    ]
    assert set(answers) == {200}
