"""`manage.py token_create`: the way in when there is no other token yet."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from fleet.access.models import AuditEntry
from fleet.access.rules.roles import ROLES
from fleet.access.selectors import token_by_secret
from tests import personas

pytestmark = pytest.mark.django_db


def create(*arguments: str) -> str:
    out = StringIO()
    call_command("token_create", *arguments, stdout=out)
    return out.getvalue().strip()


def test_it_prints_the_secret_and_nothing_else() -> None:
    personas.user("engineer")
    token = token_by_secret(create("engineer"))
    assert token is not None
    assert token.granted() == ROLES["engineer"]


def test_it_takes_scopes_name_and_life() -> None:
    personas.user("engineer")
    secret = create("engineer", "--scope", "registry.read", "--name", "ci", "--days", "3")
    token = token_by_secret(secret)
    assert token is not None
    assert (token.scopes, token.name) == (["registry.read"], "ci")
    assert (token.expires_at - token.created_at).days == 3


def test_it_is_logged_as_the_command() -> None:
    personas.user("engineer")
    create("engineer")
    assert AuditEntry.objects.get(action="access.token_issue").actor_label == "token_create"


def test_an_unknown_user_is_refused() -> None:
    with pytest.raises(CommandError, match="no user 'nobody'"):
        create("nobody")


def test_more_rights_than_the_owner_has_are_refused() -> None:
    personas.user("viewer")
    with pytest.raises(CommandError, match="more rights than its owner"):
        create("viewer", "--scope", "ota.write")
