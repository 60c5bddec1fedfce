"""The same POST eight times at one instant: one effect; the others wait, or hear that it runs."""

from pathlib import Path
from typing import Any

import pytest

from tests.fleet.access import equal_callers, programs

CALLS = equal_callers.THREADS * equal_callers.ROUNDS


def check(found: dict[str, Any], vendor: str) -> None:
    assert (found["vendor"], found["models"]) == (vendor, equal_callers.ROUNDS)
    assert set(found["statuses"]) <= {"201", "409"}
    assert found["statuses"]["201"] >= equal_callers.ROUNDS
    assert sum(found["statuses"].values()) == CALLS


def test_on_sqlite(tmp_path: Path) -> None:
    check(programs.run(equal_callers, f"sqlite:///{tmp_path / 'db.sqlite3'}"), "sqlite")


@pytest.mark.server
def test_on_postgresql() -> None:
    with programs.postgresql() as database_url:
        check(programs.run(equal_callers, database_url), "postgresql")
