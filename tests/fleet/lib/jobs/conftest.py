"""Jobs are tested on builds, the first kind of job there is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import QuerySet

from builds.models import Build
from tests.builds import makers

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def job(db: None) -> QuerySet[Build]:
    """The row of one queued job."""
    build = makers.request(makers.version())
    Build.objects.filter(pk=build.pk).update(woken_at=NOW)
    return Build.objects.filter(pk=build.pk)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, settings: Any) -> None:
    """Keys and scratch folders of the test's own."""
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
