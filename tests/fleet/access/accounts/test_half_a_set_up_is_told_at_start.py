"""Single sign-on that lets nobody in, and a role that nobody has, are errors at start."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from fleet.access import services
from fleet.checks import second_factors_are_of_roles, single_sign_on_is_complete
from tests import personas


def test_an_issuer_wants_the_rest(settings: Any) -> None:
    settings.EDGEFLEET_OIDC_ISSUER = "https://issuer.example"
    told = [each.msg for each in single_sign_on_is_complete()]
    assert [text.split()[-3] for text in told] == [
        "EDGEFLEET_OIDC_CLIENT_ID",
        "EDGEFLEET_OIDC_CLIENT_SECRET",
        "EDGEFLEET_OIDC_ROLES",
    ]


def test_roles_that_are_not_there_are_named(settings: Any) -> None:
    settings.EDGEFLEET_OIDC_ISSUER = "https://issuer.example"
    settings.EDGEFLEET_OIDC_CLIENT_ID = settings.EDGEFLEET_OIDC_CLIENT_SECRET = "x"
    settings.EDGEFLEET_OIDC_ROLES = {"ml": "engineer", "boss": "emperor"}
    settings.EDGEFLEET_SECOND_FACTOR_ROLES = ["operators"]
    (single,), (second,) = single_sign_on_is_complete(), second_factors_are_of_roles()
    assert "names emperor" in single.msg
    assert "names operators" in second.msg


def test_what_is_whole_or_not_there_is_quiet(settings: Any) -> None:
    assert single_sign_on_is_complete() == second_factors_are_of_roles() == []
    settings.EDGEFLEET_SECOND_FACTOR_ROLES = ["admin", "operator"]
    assert second_factors_are_of_roles() == []


@pytest.mark.django_db
def test_a_superusers_factors_are_out_of_an_administrators_reach() -> None:
    root = services.user_create(
        username="root", password="correct horse battery", role="admin", by=personas.SYSTEM
    )
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    body = {"action": "take_factors_away", "_selected_action": [root.pk]}
    page = personas.client("owner").post(reverse("admin:auth_user_changelist"), body, follow=True)
    assert "root is a superuser" in page.content.decode()
