"""Keeps Django's groups and permissions equal to the table of roles, after every migration (and
test flush).

Guarantees: a role has exactly the scope permissions of the table, and may view every model of the
domain in the admin; the admin role may also keep users. Groups that people made themselves are left
alone.
"""

from typing import Any, Final

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

from fleet.access.rules.roles import ROLES, SCOPES, VIEWABLE_APPS, codename

USER_KEEPING: Final = ("view_user", "add_user", "change_user", "view_group")


def roles_sync(sender: AppConfig, using: str = "default", **_: Any) -> None:
    """Bring the roles in line for the app that was just migrated (receiver of `post_migrate`)."""
    if sender.label == "access":
        # The order of receivers is not ours: the permission rows must exist before roles get them.
        create_permissions(sender, verbosity=0, using=using)
        _scopes_sync(using)
    elif sender.label == "auth":
        _give("admin", Permission.objects.using(using).filter(codename__in=USER_KEEPING), using)
    if sender.label in VIEWABLE_APPS:
        _views_sync(sender, using)


def _scopes_sync(using: str) -> None:
    rows = Permission.objects.using(using).filter(content_type__app_label="access")
    by_codename = {row.codename: row for row in rows}
    every = [by_codename[codename(scope)] for scope in SCOPES]
    for name, scopes in ROLES.items():
        group = _group(name, using)
        wanted = [by_codename[codename(scope)] for scope in scopes]
        group.permissions.remove(*[row for row in every if row not in wanted])
        group.permissions.add(*wanted)


def _views_sync(sender: AppConfig, using: str) -> None:
    create_permissions(sender, verbosity=0, using=using)
    views = Permission.objects.using(using).filter(
        content_type__app_label=sender.label, codename__startswith="view_"
    )
    for name in ROLES:
        _give(name, views, using)


def _give(name: str, rows: Any, using: str) -> None:
    _group(name, using).permissions.add(*rows)


def _group(name: str, using: str) -> Group:
    return Group.objects.using(using).get_or_create(name=name)[0]
