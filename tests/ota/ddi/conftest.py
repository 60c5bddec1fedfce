"""Every test has keys, scratch folders and blobs of its own, and polls nobody in the background."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, settings: Any) -> None:
    """Point what is written at the test's folder."""
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    settings.EDGEFLEET_PRESENCE_SECONDS = 0
    settings.EDGEFLEET_GATE_SECONDS = 0.2
