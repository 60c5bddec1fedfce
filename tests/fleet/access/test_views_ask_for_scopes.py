"""`Scoped`: the method and the view's area name one scope; a view without an area is closed."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from fleet.access.models import ApiToken
from fleet.access.rest.permissions import Scoped, scope_needed, scopes_of_request
from tests import personas


class View:
    """A stand-in with the attributes that a view may have."""

    def __init__(self, **attributes: str) -> None:
        vars(self).update(attributes)


def request_of(user: User | AnonymousUser, method: str = "get", auth: object = None) -> Request:
    request = Request(getattr(APIRequestFactory(), method)("/"))
    request.user, request.auth = user, auth
    return request


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_safe_methods_read(method: str) -> None:
    assert scope_needed(View(scope="ota"), method) == "ota.read"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_methods_write(method: str) -> None:
    assert scope_needed(View(scope="ota"), method) == "ota.write"


def test_a_view_may_ask_for_another_scope_to_write() -> None:
    view = View(scope="ota", write_scope="ota.approve")
    assert scope_needed(view, "POST") == "ota.approve"
    assert scope_needed(view, "GET") == "ota.read"


@pytest.mark.django_db
def test_a_view_without_a_scope_is_closed_even_to_a_superuser() -> None:
    user = personas.user("owner")
    user.is_superuser = True
    permission = Scoped()
    assert not permission.has_permission(request_of(user), View())
    assert "names no scope" in permission.message


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("persona", "method", "allowed"),
    [
        ("viewer", "get", True),
        ("viewer", "post", False),
        ("engineer", "post", True),
        ("operator", "post", False),
        ("owner", "post", True),
        ("stranger", "get", False),
    ],
)
def test_the_registry_is_open_to_whom_it_should(persona: str, method: str, allowed: bool) -> None:
    request = request_of(personas.user(persona), method)
    assert Scoped().has_permission(request, View(scope="registry")) is allowed


@pytest.mark.django_db
def test_the_refusal_names_the_scope() -> None:
    permission = Scoped()
    permission.has_permission(request_of(personas.user("viewer"), "post"), View(scope="ota"))
    assert permission.message == "This needs the scope ota.write, which you do not have."


def test_nobody_has_no_scope() -> None:
    assert scopes_of_request(request_of(AnonymousUser())) == frozenset()


@pytest.mark.django_db
def test_a_token_cuts_its_owner_down() -> None:
    token = ApiToken(scopes=["ota.read", "moon.walk"])
    request = request_of(personas.user("owner"), auth=token)
    assert scopes_of_request(request) == {"ota.read"}
