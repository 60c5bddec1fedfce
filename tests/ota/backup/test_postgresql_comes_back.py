"""On PostgreSQL a backup is one moment of the database, and comes back with its triggers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.access import programs
from tests.servers.test_the_database_may_be_postgresql import assert_hold

FILES = (
    "tests/ota/backup/moments_of_postgresql.py",
    "tests/ota/backup/test_a_backup_comes_back.py",
    "tests/ota/backup/test_a_copy_is_of_one_moment.py",
    "tests/ota/backup/test_action_numbers_never_come_again.py",
    "tests/ota/backup/test_an_older_database_is_noticed.py",
)

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("servers_database")]


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with programs.postgresql() as url:
        yield url


def test_the_same_files_hold_on_postgresql(database_url: str, tmp_path: Path) -> None:
    assert_hold(FILES, database_url, tmp_path)
