"""A backup or a restore that is killed at any step leaves nothing that passes for whole."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.ota.backup import cuts
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.xdist_group("backup_cuts")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    done = subprocess.run(
        [sys.executable, cuts.__file__],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "fleet.settings",
            "PYTHONPATH": str(ROOT),
            "EDGEFLEET_VAR": str(tmp_path_factory.mktemp("var")),
        },
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-4000:]
    return json.loads(done.stdout)


def test_a_backup_is_there_whole_or_not_at_all(outcomes: Any) -> None:
    found = Counter(outcomes["backups"])
    assert set(found) == {"none", "whole"}, found
    assert found["none"] > 20
    assert outcomes["backups"][-1] == "whole"


def test_what_a_killed_restore_leaves_is_not_used_and_the_next_one_ends_it(outcomes: Any) -> None:
    found = Counter(outcomes["restores"])
    assert set(found) == {"mended", "whole"}, found
    assert found["mended"] > 20
    # Only the key book is told after the database is back.
    assert outcomes["restores"] == sorted(outcomes["restores"])
