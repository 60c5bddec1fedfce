import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
MODEL = ROOT.parent / "shared" / "models" / "kws_ref_model.tflite"  # seconds of work: time to kill


@pytest.mark.e2e
@pytest.mark.toolchain
@pytest.mark.skipif(not MODEL.exists(), reason="the shared models are not beside the project")
def test_another_worker_finishes_the_build(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "fleet.settings",
        "EDGEFLEET_VAR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "EDGEFLEET_BUILD_LEASE_SECONDS": "3",
        "EDGEFLEET_SWEEP_SECONDS": "2",
        "EDGEFLEET_BUILD_VECTORS": "2",
        "SECRET_KEY": "tests only",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.builds.celery_story", str(MODEL)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    killed, ended = json.loads(done.stdout.splitlines()[-1])
    assert killed["state"] == "running"
    assert (ended["state"], ended["failure"]) == ("succeeded", "")
    assert ended["attempt"] >= 2
    assert ended["worker"] != killed["worker"]
    assert ended["files"] >= 7
