"""What a role may do is a table, and the groups and permissions of the database follow it."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from fleet.access.accounts.roles_sync import roles_sync
from fleet.access.rules.roles import AREAS, ROLES, SCOPES, codename, permission, scopes_among
from fleet.access.selectors import roles_of, scopes_of
from tests import personas

pytestmark = pytest.mark.django_db


def test_every_scope_is_a_permission_row() -> None:
    rows = set(
        Permission.objects.filter(content_type__app_label="access").values_list(
            "codename", flat=True
        )
    )
    assert {codename(scope) for scope in SCOPES} <= rows


@pytest.mark.parametrize("role", ROLES)
def test_a_group_has_exactly_the_scopes_of_its_row(role: str) -> None:
    assert scopes_of(personas.user("owner" if role == "admin" else role)) == ROLES[role]


def test_everybody_reads_and_only_admins_change_access() -> None:
    for role, scopes in ROLES.items():
        assert {f"{area}.read" for area in AREAS} <= scopes
        assert ("access.write" in scopes) == (role == "admin")


def test_an_engineer_builds_and_never_ships() -> None:
    assert "builds.write" in ROLES["engineer"]
    assert not ROLES["engineer"] & {"ota.write", "ota.approve", "devices.write"}


def test_an_operator_ships_and_never_builds() -> None:
    assert {"ota.write", "ota.approve", "devices.write"} <= ROLES["operator"]
    assert not ROLES["operator"] & {"registry.write", "builds.write"}


def test_a_permission_taken_away_by_hand_comes_back() -> None:
    group = Group.objects.get(name="viewer")
    group.permissions.clear()
    for label in ("access",):
        roles_sync(apps.get_app_config(label))
    assert scopes_of(personas.user("viewer")) == ROLES["viewer"]


def test_a_permission_given_by_hand_to_a_role_goes() -> None:
    group = Group.objects.get(name="viewer")
    group.permissions.add(Permission.objects.get(codename="ota_write"))
    roles_sync(apps.get_app_config("access"))
    assert not personas.user("viewer").has_perm(permission("ota.write"))


def test_a_group_that_people_made_is_left_alone() -> None:
    group = Group.objects.create(name="auditors")
    group.permissions.add(Permission.objects.get(codename="access_read"))
    roles_sync(apps.get_app_config("access"))
    assert group.permissions.count() == 1


def test_every_role_may_view_the_log_in_the_admin() -> None:
    for name in ("viewer", "engineer", "operator", "owner"):
        assert personas.user(name).has_perm("access.view_auditentry")


def test_only_the_admin_role_keeps_users() -> None:
    assert personas.user("owner").has_perm("auth.add_user")
    assert not personas.user("operator").has_perm("auth.add_user")


def test_a_stranger_may_do_nothing() -> None:
    assert scopes_of(personas.user("stranger")) == frozenset()
    assert roles_of(personas.user("stranger")) == []


def test_a_superuser_may_do_everything() -> None:
    user = personas.user("stranger")
    user.is_superuser = True
    assert scopes_of(user) == frozenset(SCOPES)


def test_an_inactive_user_may_do_nothing() -> None:
    user = personas.user("owner")
    user.is_active = False
    assert scopes_of(user) == frozenset()


def test_a_single_permission_adds_a_scope() -> None:
    user = personas.user("stranger")
    user.user_permissions.add(Permission.objects.get(codename="ota_approve"))
    assert scopes_of(user) == {"ota.approve"}


def test_permissions_of_other_apps_are_no_scopes() -> None:
    assert scopes_among(frozenset({"auth.add_user", "access.view_role"})) == frozenset()
