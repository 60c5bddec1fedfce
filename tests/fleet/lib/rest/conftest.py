"""A world for the tests of all endpoints, in folders of its own."""

from pathlib import Path
from typing import Any

import pytest

from tests.fleet.lib.rest.world import World


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Any) -> World:
    del db
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    settings.STORAGES = settings.STORAGES | {
        "blobs": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "blobs", "file_permissions_mode": 0o440},
        }
    }
    return World()
