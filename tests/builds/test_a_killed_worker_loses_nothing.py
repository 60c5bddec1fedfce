import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builds.pipeline.provenance import FILENAME
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
STAGE_OF = {
    "compile": "compile",
    "link": "toolchain",
    "prove": "prove",
    "package": "package",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What the database held after each step; see killed_worker.py."""
    var = tmp_path_factory.mktemp("var")
    env = {**os.environ, "EDGEFLEET_VAR": str(var), "DATABASE_URL": f"sqlite:///{var}/db.sqlite3"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.builds.killed_worker"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, list[dict[str, Any]]] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize("tool", STAGE_OF)
def test_the_row_tells_where_the_worker_died(found: Any, tool: str) -> None:
    after_kill = found[tool][0]
    assert (after_kill["state"], after_kill["worker"]) == ("running", "dies")
    assert after_kill["stage"] == STAGE_OF[tool]
    assert after_kill["files"] == {}


@pytest.mark.parametrize("tool", STAGE_OF)
def test_nobody_takes_the_build_before_the_lease_ends(found: Any, tool: str) -> None:
    assert found[tool][1] == found[tool][0]


@pytest.mark.parametrize("tool", STAGE_OF)
def test_another_worker_finishes_it(found: Any, tool: str) -> None:
    finished = found[tool][2]
    assert (finished["state"], finished["worker"]) == ("succeeded", "lives")
    assert finished["attempt"] == 2
    assert len(finished["files"]) == 4


@pytest.mark.parametrize("tool", STAGE_OF)
def test_its_bytes_are_those_of_an_undisturbed_build(found: Any, tool: str) -> None:
    undisturbed, other = found[tool][3]["files"], found[tool][2]["files"]
    # Provenance names the very build.
    assert {**undisturbed, FILENAME: ""} == {**other, FILENAME: ""}
