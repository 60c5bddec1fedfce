"""On PostgreSQL a backup is one moment of the database, and comes back with its triggers."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.access import programs
from tests.servers.test_the_database_may_be_postgresql import OPTIONS, own_environment
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]
FILES = (
    "tests/ota/backup/moments_of_postgresql.py",
    "tests/ota/backup/test_a_backup_comes_back.py",
    "tests/ota/backup/test_a_copy_is_of_one_moment.py",
    "tests/ota/backup/test_what_is_not_restored.py",
)
DRILLS = (
    "tests/ota/backup/test_action_numbers_never_come_again.py",
    "tests/ota/backup/test_an_older_database_is_noticed.py",
    "tests/ota/backup/test_the_folder_of_keys_may_be_moved_or_lost.py",
)

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("servers_database")]


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with programs.postgresql() as url:
        yield url


@pytest.mark.parametrize("files", [FILES, *((drill,) for drill in DRILLS)])
def test_the_same_files_hold_on_postgresql(
    files: tuple[str, ...], database_url: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *files],
        cwd=ROOT,
        env={**own_environment(), "DATABASE_URL": database_url, "EDGEFLEET_VAR": str(tmp_path)},
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "skipped" not in done.stdout, done.stdout[-2000:]
