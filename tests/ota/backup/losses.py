"""What may be lost, and what a backup is made and restored with."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from fleet.settings.files import storage

PASSPHRASE = "correct horse battery staple"


def database() -> None:
    """Every row is gone, as in a database that was just migrated."""
    call_command("flush", verbosity=0, interactive=False)


def folders(pytest_settings: Any, at: Path) -> None:
    """The folders are gone; the service lives at another path."""
    shutil.rmtree(settings.VAR_DIR)
    pytest_settings.VAR_DIR = at
    pytest_settings.EDGEFLEET_KEY_DIR = at / "keys"
    pytest_settings.STORAGES = settings.STORAGES | {"blobs": storage(f"file://{at}/blobs")}


def backup(place: Path | str, *flags: str) -> None:
    call_command("backup", str(place), *flags)


def restore(place: Path | str, *flags: str) -> None:
    call_command("restore", str(place), "--yes", *flags)
