"""System checks of what belongs to no app: SQLite, the writable folder, signing in, and what
production may not leave to the embedded default, each with the variable's name.

Others: `ota/trust/checks.py`, `registry/checks.py`, `builds/checks.py`.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper

from fleet.access.rules.roles import ROLES

EMBEDDED_PRAGMAS = {"journal_mode": "wal", "foreign_keys": 1}


@register(Tags.database)
def sqlite_is_safe(*, databases: Sequence[str] | None = None, **_: Any) -> Iterable[CheckMessage]:
    """Read SQLite's pragmas back: the driver silently ignores an option in the wrong place."""
    if not databases or not isinstance(connection, DatabaseWrapper):
        return []
    if connection.is_in_memory_db():
        return []
    problems: list[CheckMessage] = []
    with connection.cursor() as cursor:
        for name, wanted in EMBEDDED_PRAGMAS.items():
            found = cursor.execute(f"PRAGMA {name}").fetchone()[0]
            if found != wanted:
                text = (
                    f"SQLite's {name} is {found!r}, not {wanted!r}: "
                    "the folder of DATABASE_URL cannot hold it."
                )
                problems.append(Error(text, id="fleet.E001"))
    if settings.DATABASES["default"]["OPTIONS"].get("transaction_mode") != "IMMEDIATE":
        problems.append(Error("SQLite transactions must be IMMEDIATE.", id="fleet.E002"))
    return problems


@register()
def folders_are_writable(**_: Any) -> list[CheckMessage]:
    """The embedded default writes below EDGEFLEET_VAR."""
    probe = Path(settings.VAR_DIR) / ".writable"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        text = f"EDGEFLEET_VAR={settings.VAR_DIR} cannot be written: {error.strerror}."
        return [Error(text, id="fleet.E003")]
    return []


@register()
def production_is_complete(**_: Any) -> list[CheckMessage]:
    """In production, nothing may silently fall back to the embedded default."""
    if not settings.EDGEFLEET_PRODUCTION:
        return []
    wrong = {
        "SECRET_KEY": (Path(settings.VAR_DIR) / "keys" / "django_secret").exists(),
        "DATABASE_URL": connection.vendor == "sqlite",
        "CELERY_BROKER_URL": settings.CELERY_BROKER_URL.startswith("folder:"),
        "EDGEFLEET_PUBLIC_URL": not settings.HTTPS,
        "DEBUG": settings.DEBUG,
    }
    return [
        Caution(
            f"EDGEFLEET_PRODUCTION is on, and {name} is still the embedded default.",
            id="fleet.W001",
        )
        for name, bad in wrong.items()
        if bad
    ]


@register()
def single_sign_on_is_complete(**_: Any) -> list[CheckMessage]:
    """An issuer without the rest would let nobody in, or say so to each person alone."""
    if not settings.EDGEFLEET_OIDC_ISSUER:
        return []
    wanted = ("EDGEFLEET_OIDC_CLIENT_ID", "EDGEFLEET_OIDC_CLIENT_SECRET", "EDGEFLEET_OIDC_ROLES")
    problems: list[CheckMessage] = [
        Error(f"EDGEFLEET_OIDC_ISSUER is set, {name} is not.", id="fleet.E020")
        for name in wanted
        if not getattr(settings, name)
    ]
    unknown = sorted(set(settings.EDGEFLEET_OIDC_ROLES.values()) - set(ROLES))
    if unknown:
        text = f"EDGEFLEET_OIDC_ROLES names {', '.join(unknown)}: roles are {', '.join(ROLES)}."
        problems.append(Error(text, id="fleet.E021"))
    return problems


@register()
def second_factors_are_of_roles(**_: Any) -> list[CheckMessage]:
    """A role that is misspelt would be guarded by nothing."""
    unknown = sorted(set(settings.EDGEFLEET_SECOND_FACTOR_ROLES) - set(ROLES))
    text = (
        f"EDGEFLEET_SECOND_FACTOR_ROLES names {', '.join(unknown)}: roles are {', '.join(ROLES)}."
    )
    return [Error(text, id="fleet.E022")] if unknown else []
