"""Work is asked for while the broker is gone or frozen: the row is kept, and the caller goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from tests.ports import free_port
from tests.servers import brokers
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
# The message that cannot be sent is logged as left to the sweeper; then how long that took.
SEND = """
import time
import django; django.setup()
from django.core.management import call_command
from fleet.lib import jobs
call_command("migrate", verbosity=0)
began = time.monotonic()
jobs.enqueue("builds.tasks.build_run", 1)
print(time.monotonic() - began)
"""
BOUND_SECONDS = 40.0

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("servers")]


def sent(broker_url: str, folder: Path) -> tuple[float, str]:
    """How many seconds a call took, and what was logged."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "fleet.settings",
        "EDGEFLEET_VAR": str(folder),
        "CELERY_BROKER_URL": broker_url,
    }
    done = subprocess.run(
        [sys.executable, "-c", SEND],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout), done.stderr


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_nobody_listens(scheme: str, tmp_path: Path) -> None:
    seconds, log = sent(f"{scheme}://127.0.0.1:{free_port()}//", tmp_path)
    assert "left to the sweeper" in log
    assert seconds < BOUND_SECONDS / 4


def test_redis_takes_connections_and_answers_nothing(tmp_path: Path) -> None:
    with brokers.redis(tmp_path) as url, Redis.from_url(url) as server:
        os.kill(server.info("server")["process_id"], signal.SIGSTOP)
        seconds, log = sent(url, tmp_path)
    assert "left to the sweeper" in log
    assert seconds < BOUND_SECONDS
