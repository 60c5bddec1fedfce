"""A world for the tests of pages, in folders of its own."""

from pathlib import Path
from typing import Any

import pytest

from tests.fleet.console import world as worlds


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Any) -> worlds.World:
    del db
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    return worlds.make()
