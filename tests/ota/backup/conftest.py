"""Every test has keys, blobs and scratch folders of its own, which may be lost."""

from pathlib import Path
from typing import Any

import pytest

from fleet.settings.files import storage


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, settings: Any) -> None:
    """Point what is written at the test's folder."""
    settings.VAR_DIR = tmp_path / "var"
    settings.EDGEFLEET_KEY_DIR = tmp_path / "var" / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "var" / "work"
    settings.EDGEFLEET_PRESENCE_SECONDS = 0
    settings.EDGEFLEET_GATE_SECONDS = 0.2
    settings.STORAGES = settings.STORAGES | {"blobs": storage(f"file://{tmp_path}/var/blobs")}
