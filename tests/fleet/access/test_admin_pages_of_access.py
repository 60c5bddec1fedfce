"""The admin shows what a role may see, and lets nobody climb."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from fleet.access import audit
from fleet.access.models import ApiToken
from tests import personas

pytestmark = pytest.mark.django_db
PAGES = ("apitoken", "auditentry", "idempotencykey", "role")


def browser(persona: str) -> Client:
    client = Client()
    client.force_login(personas.user(persona))
    return client


def page(name: str, *arguments: object) -> str:
    return reverse(f"admin:{name}", args=arguments)


@pytest.mark.parametrize("name", PAGES)
def test_a_viewer_sees_every_list(name: str) -> None:
    personas.token("viewer", scopes=["registry.read"])
    assert browser("viewer").get(page(f"access_{name}_changelist")).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_sees_none(name: str) -> None:
    assert browser("stranger").get(page(f"access_{name}_changelist")).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_nobody_adds_by_hand(name: str) -> None:
    superuser = personas.user("owner")
    superuser.is_superuser = True
    superuser.save()
    assert browser("owner").get(page(f"access_{name}_add")).status_code == 403


def test_an_audit_entry_can_be_read_and_not_deleted() -> None:
    entry = audit.record(by=personas.SYSTEM, action="ota.start", subject="rol_1")
    client = browser("owner")
    assert client.get(page("access_auditentry_change", entry.pk)).status_code == 200
    assert client.post(page("access_auditentry_delete", entry.pk)).status_code == 403


def test_people_see_their_own_tokens_and_admins_all() -> None:
    personas.token("engineer")
    listed = page("access_apitoken_changelist")
    assert "engineer&#x27;s pipeline" not in browser("viewer").get(listed).content.decode()
    assert "engineer&#x27;s pipeline" in browser("owner").get(listed).content.decode()


def revoke(persona: str, token: ApiToken) -> None:
    body = {"action": "revoke", "_selected_action": [token.pk]}
    browser(persona).post(page("access_apitoken_changelist"), body)
    token.refresh_from_db()


def test_an_owner_revokes_by_the_action() -> None:
    token, _ = personas.token("engineer")
    revoke("engineer", token)
    assert token.revoked_at is not None


def test_another_does_not() -> None:
    token, _ = personas.token("engineer")
    revoke("operator", token)
    assert token.revoked_at is None


def test_the_admin_role_keeps_users() -> None:
    client, viewer = browser("owner"), personas.user("viewer")
    assert client.get(page("auth_user_changelist")).status_code == 200
    assert client.get(page("auth_user_change", viewer.pk)).status_code == 200


def test_the_admin_role_cannot_touch_a_superuser() -> None:
    root = User.objects.create_superuser("root")
    client = browser("owner")
    assert client.post(page("auth_user_change", root.pk), {}).status_code == 403
    assert client.get(page("auth_user_password_change", root.pk)).status_code == 403


def test_the_admin_role_cannot_make_itself_a_superuser() -> None:
    owner = personas.user("owner")
    body = {"username": "owner", "is_superuser": "on", "is_active": "on", "is_staff": "on"}
    browser("owner").post(page("auth_user_change", owner.pk), body)
    owner.refresh_from_db()
    assert not owner.is_superuser


def test_a_viewer_keeps_no_users() -> None:
    assert browser("viewer").get(page("auth_user_changelist")).status_code == 403
