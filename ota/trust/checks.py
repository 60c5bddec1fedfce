"""System checks of trust: a web process that could sign does not start, and old metadata is told.

Guarantees: in production a web process with a key folder it can read, a key's URI or a credential
of a key service in its environment is an error, before it answers one request.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError

from builds.signing.uri import PIN
from fleet.lib import clock
from ota.trust import ledger
from ota.trust.layout import Level

WEB = "web"
SUFFIXES = (".pem", "keybook.json")
# What would let a process sign through a key service; a web process has a role without `kms:Sign`.
CREDENTIALS = ("PYKCS11LIB", PIN, f"{PIN}_FILE")


@register()
def web_holds_no_key(**_: Any) -> list[CheckMessage]:
    """Every path from a production web process to a private key."""
    if not (settings.EDGEFLEET_PRODUCTION and settings.EDGEFLEET_PROCESS == WEB):
        return []
    hint = "Run it as another user, without the signer's volume and variables."
    return [Error(text, hint=hint, id="ota.E001") for text in (*_files(), *_named(), *_tokens())]


@register(Tags.database)
def metadata_is_fresh(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Roles of the update repository that nobody signed in time."""
    if not databases:
        return []
    try:
        found = ledger.alarms(clock.now())
    except DatabaseError:  # before the first migration
        return []
    ids = {Level.NOTICE: "ota.W001", Level.WARNING: "ota.W002", Level.CRITICAL: "ota.W003"}
    hint = "Is a worker with beat running? 'manage.py keys status' says whose turn it is."
    return [Caution(f"The {alarm}.", hint=hint, id=ids[alarm.level]) for alarm in found]


def _files() -> list[str]:
    folder = Path(settings.EDGEFLEET_KEY_DIR)
    try:
        found = sorted(p for p in folder.rglob("*") if p.name.endswith(SUFFIXES))
    except OSError:
        return []
    readable = [path for path in found if os.access(path, os.R_OK)]
    return [f"The web process can read the signing key {path}." for path in readable]


def _named() -> list[str]:
    return [
        f"The web process is told where the key of {role} is (EDGEFLEET_SIGNING_KEY_*)."
        for role in settings.EDGEFLEET_SIGNING_KEYS
    ]


def _tokens() -> list[str]:
    found = [name for name in CREDENTIALS if name in os.environ]
    return [f"The web process has {name} in its environment." for name in found]
