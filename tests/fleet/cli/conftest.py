"""`edgefleet` as a person runs it, against the real service in the same process over WSGI."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.fleet.cli.terminal import Terminal


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


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep the test's transaction: at a request's ends, the service would close its connection."""
    ends = (request_started, request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield
    for end in ends:
        end.connect(close_old_connections)


@pytest.fixture
def terminal(db: None, tmp_path: Path) -> Terminal:
    """Return a terminal that is signed in as the owner."""
    del db
    return Terminal(tmp_path).signed_in("owner")
