import json
import os
import subprocess
import sys
from pathlib import Path

from tests.fleet.lib.jobs import claim_race
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[4]


def test_one_process_gets_the_job_and_the_others_get_nothing(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/db.sqlite3"
    done = subprocess.run(
        [sys.executable, "-m", "tests.fleet.lib.jobs.claim_race"],
        cwd=ROOT,
        env={**os.environ, "EDGEFLEET_VAR": str(tmp_path), "DATABASE_URL": database},
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rounds = json.loads(done.stdout.splitlines()[-1])
    nobody = [0] * (claim_race.RUNNERS - 1)
    assert [sorted(tokens) for tokens in rounds] == [[*nobody, 1]] * claim_race.ROUNDS
