"""The people and programs of every suite: `personas("engineer")` is a REST client that is signed in
as an engineer.

owner is the admin, stranger has an account and no role, anonymous has nothing, ci_token is a CI
pipeline's token.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, User
from rest_framework.test import APIClient

from fleet.access import services
from fleet.access.models import ApiToken
from fleet.access.rules.roles import ROLES
from fleet.lib.actor import Actor, system

SYSTEM: Actor = system("tests")
CI_SCOPES = ("registry.read", "registry.write", "builds.read", "builds.write")


class Rest(APIClient):
    """A client that sends JSON to REST; pages, and what has a file, are sent a form."""

    def post(  # type: ignore[override]
        self,
        path: Any,
        data: Any = None,
        format: Any = None,  # noqa: A002 - the name of the base class
        content_type: Any = None,
        follow: bool = False,
        **extra: Any,
    ) -> Any:
        if format is None and content_type is None and isinstance(data, dict):
            file = any(hasattr(value, "read") for value in data.values())
            format = "multipart" if file or not path.startswith("/api/") else "json"  # noqa: A001
        return super().post(path, data, format, content_type, follow, **extra)


ROLE_OF = {"owner": "admin", "stranger": None} | {role: role for role in ROLES}


def user(name: str = "engineer") -> User:
    """Return the user of a persona, made on first use."""
    made, created = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    role = ROLE_OF[name]
    if created and role is not None:
        made.groups.add(Group.objects.get(name=role))
    return made


def client(name: str = "engineer") -> APIClient:
    """Return a REST client with the session of a persona; "anonymous" has none."""
    rest = Rest()
    if name == "ci_token":
        return token_client()
    if name != "anonymous":
        rest.force_login(user(name))
    return rest


def token(
    owner: str = "engineer", scopes: Iterable[str] = CI_SCOPES, days: int = 30
) -> tuple[ApiToken, str]:
    """Return a token of a persona, and its secret."""
    return services.token_issue(
        owner=user(owner), name=f"{owner}'s pipeline", scopes=scopes, days=days, by=SYSTEM
    )


def token_client(owner: str = "engineer", scopes: Iterable[str] = CI_SCOPES) -> APIClient:
    """Return a REST client that sends a token of a persona."""
    rest = Rest()
    rest.credentials(HTTP_AUTHORIZATION=f"Bearer {token(owner, scopes)[1]}")
    return rest
