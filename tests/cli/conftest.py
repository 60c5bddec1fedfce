"""`edgefleet` as a person runs it, against the real service in the same process over WSGI."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import Terminal


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, settings: Any) -> None:
    """Give every test keys, scratch folders and blobs of its own."""
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    settings.STORAGES = settings.STORAGES | {
        "blobs": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "blobs", "file_permissions_mode": 0o440},
        }
    }


@pytest.fixture
def terminal(db: None, tmp_path: Path) -> Terminal:
    """Return a terminal that is signed in as the owner."""
    del db
    return Terminal(tmp_path).signed_in("owner")
