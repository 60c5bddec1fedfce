"""People come in by OpenID Connect with the roles of their groups there, and nobody else does."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from fleet.access.accounts.single_sign_on import roles_of
from fleet.access.models import AuditEntry
from tests import personas
from tests.fleet.access.accounts.provider import Provider, answering

pytestmark = pytest.mark.django_db
LOGIN, INSIDE = "/console/login/", "/console/"


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.AUTHENTICATION_BACKENDS = ["fleet.access.accounts.backend.GuardedBackend"]
    settings.EDGEFLEET_OIDC_ROLES = {"ml": "engineer", "night shift": "operator"}
    cache.clear()
    with answering(Provider()) as found:
        settings.EDGEFLEET_OIDC_ISSUER = found.signer.url
        app: dict[str, Any] = {
            "provider_id": "sso",
            "name": "Acme",
            "client_id": "edgefleet",
            "secret": "s3cret",
        }
        app |= {"settings": {"server_url": found.signer.url}}
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
        }
        yield found
    cache.clear()


def comes_in(provider: Provider, **person: Any) -> tuple[Client, Any]:
    """The way of a browser: to the provider, and back with a code."""
    provider.person = {"sub": "4711", "preferred_username": "grace"} | person
    client = Client()
    away = client.get(reverse("openid_connect_login", args=["sso"]))
    asked = {
        key: each[0] for key, each in parse_qs(urlsplit(away.headers["Location"]).query).items()
    }
    assert away.headers["Location"].startswith(f"{provider.signer.url}/authorize?")
    assert asked["code_challenge_method"] == "S256"
    back = {"code": "c0de", "state": asked["state"]}
    return client, client.get(reverse("openid_connect_callback", args=["sso"]), back)


def roles(name: str = "grace") -> set[str]:
    return set(User.objects.get(username=name).groups.values_list("name", flat=True))


def test_a_person_with_a_group_comes_in_with_its_role(provider: Provider) -> None:
    client, answer = comes_in(provider, groups=["ml", "everybody"])
    assert answer.headers["Location"] == INSIDE
    assert client.get(INSIDE).status_code == 200
    assert roles() == {"engineer"}
    assert not User.objects.get(username="grace").has_usable_password()
    (token,) = provider.tokens
    assert token["client_secret"] == "s3cret"
    assert token["code_verifier"]


def test_roles_follow_the_groups_of_today(provider: Provider) -> None:
    comes_in(provider, groups=["ml"])
    comes_in(provider, groups=["night shift"])
    assert roles() == {"operator"}
    given = AuditEntry.objects.filter(action="access.roles_mapped").order_by("sequence")
    assert [row.detail["roles"] for row in given] == [["engineer"], ["operator"]]
    assert User.objects.filter(username__startswith="grace").count() == 1


@pytest.mark.parametrize("groups", [[], ["everybody"], "everybody", None, 7, {"ml": True}, [7]])
def test_who_is_in_no_group_with_a_role_stays_outside(provider: Provider, groups: Any) -> None:
    client, answer = comes_in(provider, groups=groups)
    assert answer.headers["Location"] == LOGIN
    assert client.get(INSIDE).status_code == 302
    assert not User.objects.filter(username="grace").exists()
    assert "none of your groups" in client.get(LOGIN).content.decode()


def test_who_leaves_the_groups_comes_in_no_more(provider: Provider) -> None:
    comes_in(provider, groups=["ml"])
    client, answer = comes_in(provider, groups=[])
    assert answer.headers["Location"] == LOGIN
    assert client.get(INSIDE).status_code == 302


def test_the_same_name_or_mail_makes_nobody_somebody_else(provider: Provider) -> None:
    mine = personas.user("owner")
    mine.email = "owner@example.org"
    mine.save()
    told = {"preferred_username": "owner", "email": mine.email, "email_verified": True}
    client, _ = comes_in(provider, groups=["ml"], **told)
    who = client.get("/api/v1/whoami/").json()
    assert who["user"] != "owner"
    assert roles("owner") == {"admin"}


def test_a_token_for_another_service_is_refused(provider: Provider) -> None:
    provider.audience = "another"
    client, answer = comes_in(provider, groups=["ml"])
    assert answer.status_code == 401
    assert client.get(INSIDE).status_code == 302
    assert not User.objects.filter(username="grace").exists()


def test_an_answer_that_nobody_asked_for_is_refused(provider: Provider) -> None:
    client = Client()
    back = {"code": "c0de", "state": "made up"}
    answer = client.get(reverse("openid_connect_callback", args=["sso"]), back)
    assert client.get(INSIDE).status_code == 302
    assert provider.tokens == []
    assert answer.status_code == 401


def test_a_person_who_was_shut_out_here_stays_so(provider: Provider) -> None:
    comes_in(provider, groups=["ml"])
    User.objects.filter(username="grace").update(is_active=False)
    client, answer = comes_in(provider, groups=["ml"])
    assert answer.headers["Location"] == reverse("account_inactive")
    assert client.get(INSIDE).status_code == 302


def test_single_sign_on_counts_as_a_second_factor(provider: Provider, settings: Any) -> None:
    settings.EDGEFLEET_SECOND_FACTOR_ROLES = ["engineer"]
    client, _ = comes_in(provider, groups=["ml"])
    assert client.get(INSIDE).status_code == 200


def test_the_button_is_there_only_with_an_issuer(provider: Provider, settings: Any) -> None:
    settings.EDGEFLEET_OIDC_NAME = "Acme staff"
    assert "Acme staff" in Client().get(LOGIN).content.decode()
    settings.EDGEFLEET_OIDC_ISSUER = ""
    assert "Acme staff" not in Client().get(LOGIN).content.decode()


def test_a_group_counts_by_its_whole_name_alone(settings: Any) -> None:
    settings.EDGEFLEET_OIDC_ROLES = {"ml": "engineer", "root": "superuser"}
    assert roles_of({"groups": ["mlx", "ML", " ml"]}) == frozenset()
    assert roles_of({"groups": ["root"]}) == frozenset()  # no such role here
    assert roles_of({"groups": "ml"}) == {"engineer"}
