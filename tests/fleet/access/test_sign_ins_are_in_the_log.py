"""Who signed in, out, or was refused is in the audit log; guessing does not fill it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from fleet.access import audit, services
from fleet.access.accounts import signin_log as signins
from fleet.access.accounts.backend import FAILURES_MAX
from fleet.access.models import AuditEntry
from tests import personas

pytestmark = pytest.mark.django_db
RIGHT = "correct horse battery"


@pytest.fixture(autouse=True)
def ada(settings: Any) -> Iterator[User]:
    settings.AUTHENTICATION_BACKENDS = ["fleet.access.accounts.backend.GuardedBackend"]
    cache.clear()
    yield services.user_create(username="ada", password=RIGHT, role="viewer", by=personas.SYSTEM)
    cache.clear()


def signs_in(password: str, *, name: str = "ada", **meta: str) -> Client:
    client = Client(**{"REMOTE_ADDR": "192.0.2.1", **meta})  # type: ignore[arg-type]
    client.post(reverse("account_login"), {"login": name, "password": password})
    return client


def entries() -> list[AuditEntry]:
    known = ("access.login", "access.logout", "access.token_refused")
    rows = AuditEntry.objects.order_by("sequence")
    return [row for row in rows if row.action.startswith(known)]


def test_a_sign_in_and_a_sign_out_are_the_users_own_entries(ada: User) -> None:
    client = signs_in(RIGHT)
    client.post(reverse("admin:logout"))
    assert [(row.action, row.actor_id) for row in entries()] == [
        ("access.login", str(ada.pk)),
        ("access.logout", str(ada.pk)),
    ]
    assert entries()[0].detail == {"address": "192.0.2.1", "by": ["password"]}
    assert audit.verify().whole


def test_of_many_wrong_passwords_the_first_and_the_last_are_entries(ada: User) -> None:
    for number in range(FAILURES_MAX + 5):
        signs_in(f"guess {number}")
    assert [row.action for row in entries()] == ["access.login_failed", "access.login_locked"]
    assert {row.subject for row in entries()} == {f"user:{ada.pk}"}
    assert {row.actor_id for row in entries()} == {"sign-in"}


def test_a_name_that_is_nobodys_is_not_kept() -> None:
    signs_in("guess", name="my secret passphrase")
    (row,) = entries()
    assert row.subject == "user:unknown"
    assert "secret" not in str(row.detail)


def test_a_flood_of_names_ends_with_an_entry_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signins, "LISTED_MAX", 3)
    for number in range(8):
        signs_in("guess", name=f"name-{number}")
    assert [row.detail["more_are_not_listed"] for row in entries()] == [False, False, True]


def test_a_name_locked_from_everywhere_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.access.accounts.backend.NAME_FAILURES_MAX", 2)
    for number in range(3):
        signs_in("guess", REMOTE_ADDR=f"192.0.2.{number}")
    assert entries()[-1].action == "access.login_locked"
    assert entries()[-1].detail["address"] == ""


def test_behind_a_proxy_one_guesser_locks_out_nobody_else(settings: Any) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    for number in range(FAILURES_MAX):
        signs_in(f"guess {number}", HTTP_X_FORWARDED_FOR="198.51.100.7")
    signs_in(RIGHT, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert entries()[-1].action == "access.login"
    assert entries()[-1].detail["address"] == "203.0.113.9"


def test_a_token_that_is_over_is_an_entry_once_in_a_while(ada: User) -> None:
    token, secret = services.token_issue(
        owner=ada, name="ci", scopes=["ota.read"], days=1, by=personas.SYSTEM
    )
    services.token_revoke(token=token, by=personas.SYSTEM)
    rest = APIClient()
    for header in (secret, secret, "ef_pat_unknown"):
        rest.credentials(HTTP_AUTHORIZATION=f"Bearer {header}")
        assert rest.get("/api/v1/whoami/").status_code == 401
    (row,) = entries()
    assert (row.subject, row.detail) == (token.public_id, {"name": "ci", "state": "revoked"})
