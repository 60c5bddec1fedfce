"""Builds over each broker of production, with PostgreSQL: no message and no worker is needed twice.

The message of a build is lost in the broker, then the worker that took the build is killed; each
time the database's row is enough for another worker to go on.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fleet.access import programs
from tests.servers import brokers
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
MODEL = ROOT.parent / "shared" / "models" / "hello_world_int8.tflite"
PACE = {
    "EDGEFLEET_BUILD_LEASE_SECONDS": "3",
    "EDGEFLEET_SWEEP_SECONDS": "1",
    "EDGEFLEET_BUILD_VECTORS": "1",
}

pytestmark = [
    pytest.mark.server,
    pytest.mark.e2e,
    pytest.mark.toolchain,
    pytest.mark.xdist_group("servers"),
    pytest.mark.skipif(not MODEL.exists(), reason="the shared models are not beside the project"),
]


@pytest.mark.parametrize("broker", [brokers.redis, brokers.rabbitmq])
def test_a_lost_message_and_a_killed_worker_cost_time_only(
    broker: brokers.Broker, tmp_path: Path
) -> None:
    with programs.postgresql() as database_url, broker(tmp_path) as broker_url:
        done = subprocess.run(
            [sys.executable, "-m", "tests.servers.broker_story", str(MODEL)],
            cwd=ROOT,
            env={
                **os.environ,
                **PACE,
                "DJANGO_SETTINGS_MODULE": "fleet.settings",
                "EDGEFLEET_VAR": str(tmp_path),
                "DATABASE_URL": database_url,
                "CELERY_BROKER_URL": broker_url,
            },
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            text=True,
        )
    assert done.returncode == 0, done.stderr[-6000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["vendor"], found["lost"]) == ("postgresql", 2)  # the probe of the version, too
    assert found["killed"]["state"] == "running"
    ended = found["ended"]
    assert (ended["state"], ended["failure"]) == ("succeeded", "")
    assert ended["attempt"] == 2
    assert ended["worker"] != found["killed"]["worker"]
    assert {"library", "sources", "image", "report"} <= set(ended["kinds"])
