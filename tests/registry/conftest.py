"""The registry is tested alone: its own routes, and a blob folder for each test."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _registry_alone(settings: Any, tmp_path: Path) -> None:
    settings.ROOT_URLCONF = "tests.registry.urls"
    settings.STORAGES = settings.STORAGES | {
        "blobs": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "blobs", "file_permissions_mode": 0o440},
        }
    }
