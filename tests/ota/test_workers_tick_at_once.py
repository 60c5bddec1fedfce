"""Three workers tick one rollout while its devices answer, on each kind of database.

The cap holds at every instant, nothing is assigned or finished twice, everything is signed once.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.fleet.access import programs
from tests.ota import tick_racers


def check(verdict: dict[str, Any], vendor: str) -> None:
    assert (verdict["vendor"], verdict["state"]) == (vendor, "done")
    assert 2 <= verdict["peak"] <= tick_racers.CAP
    assert (verdict["twice"], verdict["unsigned"]) == (0, 0)
    assert verdict["succeeded"] >= tick_racers.DEVICES // 2


def test_on_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEFLEET_VAR", str(tmp_path / "var"))
    check(programs.run(tick_racers, f"sqlite:///{tmp_path / 'db.sqlite3'}"), "sqlite")


@pytest.mark.server
def test_on_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEFLEET_VAR", str(tmp_path / "var"))
    with programs.postgresql() as database_url:
        check(programs.run(tick_racers, database_url), "postgresql")
