"""A second factor is asked for after the password, sealed where it lies, and its story is told."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from fleet.access import services
from fleet.access.accounts.second_factor import SealedFactors, factors_take_away
from fleet.access.models import AuditEntry
from tests import personas

pytestmark = pytest.mark.django_db
RIGHT = "correct horse battery"
LOGIN, INSIDE = "/console/login/", "/console/"


@pytest.fixture(autouse=True)
def ada(settings: Any) -> Iterator[User]:
    settings.AUTHENTICATION_BACKENDS = ["fleet.access.accounts.backend.GuardedBackend"]
    cache.clear()
    yield services.user_create(username="ada", password=RIGHT, role="operator", by=personas.SYSTEM)
    cache.clear()


def code_of(secret: str) -> str:
    """What an authenticator shows for the secret now (RFC 6238)."""
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def shows_who(client: Client) -> None:
    """Give the password again, as changes of factors ask for."""
    client.post(reverse("account_reauthenticate"), {"password": RIGHT})


def signs_in() -> tuple[Client, Any]:
    client = Client()
    return client, client.post(LOGIN, {"login": "ada", "password": RIGHT})


def sets_up(client: Client) -> str:
    """Set up an authenticator as its page asks; the secret."""
    shows_who(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = str(page.context["form"].secret)
    done = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert done.status_code == 302
    cache.clear()  # a code is taken once a period
    return secret


def told() -> list[tuple[str, Any]]:
    rows = AuditEntry.objects.filter(action__startswith="access.").order_by("sequence")
    wanted = ("access.login", "access.factor")
    return [(row.action, row.detail) for row in rows if row.action.startswith(wanted)]


def test_a_password_alone_opens_nothing_once_a_factor_is_there() -> None:
    first, answer = signs_in()
    assert answer.headers["Location"] == INSIDE
    secret = sets_up(first)
    client, answer = signs_in()
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert client.get(INSIDE).headers["Location"].startswith(LOGIN)
    assert client.get("/api/v1/whoami/").status_code == 401
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert answer.headers["Location"] == INSIDE
    assert client.get(INSIDE).status_code == 200
    assert told()[-1] == ("access.login", {"address": "127.0.0.1", "by": ["password", "totp"]})


def test_a_wrong_code_is_refused_and_told_once() -> None:
    sets_up(signs_in()[0])
    client, _ = signs_in()
    for _ in range(3):
        answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert answer.status_code == 200
        assert "Incorrect code." in answer.content.decode()
    refused = [row for row in told() if row[0] == "access.factor_failed"]
    assert len(refused) == 1
    assert client.get(INSIDE).status_code == 302


def test_a_code_to_recover_with_opens_once() -> None:
    first, _ = signs_in()
    sets_up(first)
    first.post(reverse("mfa_generate_recovery_codes"))
    page = first.get(reverse("mfa_view_recovery_codes"))
    code = page.context["unused_codes"][0]
    answers = []
    for _ in range(2):
        client, _ = signs_in()
        answers.append(client.post(reverse("mfa_authenticate"), {"code": code}).status_code)
        cache.clear()
    assert answers == [302, 200]


def test_what_codes_are_made_from_is_sealed(ada: User, settings: Any) -> None:
    secret = sets_up(signs_in()[0])
    row = Authenticator.objects.get(user=ada, type=Authenticator.Type.TOTP)
    assert secret not in str(row.data)
    sealed = row.data["secret"]
    assert SealedFactors().decrypt(sealed) == secret
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key" * 5
    assert SealedFactors().decrypt(sealed) == secret
    settings.SECRET_KEY_FALLBACKS = []
    guesses = {SealedFactors().decrypt(sealed) for _ in range(2)}
    assert len(guesses | {secret}) == 3  # a secret that nobody knows, and another each time


def test_somebody_who_lost_a_factor_is_helped_and_that_is_told(ada: User) -> None:
    sets_up(signs_in()[0])
    assert factors_take_away(user=ada, by=personas.SYSTEM) == 2  # with the codes to recover with
    assert signs_in()[1].headers["Location"] == INSIDE
    kinds = sorted(detail["kind"] for what, detail in told() if what == "access.factor_taken_away")
    assert kinds == ["recovery_codes", "totp"]


def test_a_role_that_needs_a_factor_sees_nothing_before(settings: Any) -> None:
    settings.EDGEFLEET_SECOND_FACTOR_ROLES = ["operator"]
    client, _ = signs_in()
    for address in (INSIDE, "/console/devices", "/console/records/"):
        assert client.get(address).headers["Location"] == reverse("mfa_index"), address
    answer = client.get("/api/v1/devices/")
    assert answer.status_code == 403
    assert "second factor" in answer.json()["detail"]
    assert client.post("/console/devices/change", {}).status_code == 403
    sets_up(client)
    assert client.get(INSIDE).status_code == 200
    assert client.get("/api/v1/devices/").status_code == 200


def test_other_roles_and_programs_need_none(settings: Any) -> None:
    settings.EDGEFLEET_SECOND_FACTOR_ROLES = ["admin"]
    client, _ = signs_in()
    assert client.get(INSIDE).status_code == 200
    assert personas.token_client().get("/api/v1/models/").status_code == 200


def test_factors_are_changed_by_those_who_have_just_shown_who_they_are() -> None:
    client, _ = signs_in()
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))


def test_nobody_signs_up_by_himself() -> None:
    body = {"username": "eve", "password1": "a long enough secret"}
    client = Client()
    assert "closed" in client.get(reverse("account_signup")).content.decode()
    client.post(reverse("account_signup"), body)
    assert not User.objects.filter(username="eve").exists()


def test_other_sessions_are_listed_and_ended() -> None:
    one, two = signs_in()[0], signs_in()[0]
    page = one.get(reverse("usersessions_list"))
    assert len(page.context["sessions"]) == 2
    one.post(reverse("usersessions_list"))
    assert one.get(INSIDE).status_code == 200
    assert two.get(INSIDE).status_code == 302


@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "usersessions_list",
    ],
)
def test_every_page_of_it_opens(name: str) -> None:
    client, _ = signs_in()
    shows_who(client)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert "EdgeFleet" in answer.content.decode()
