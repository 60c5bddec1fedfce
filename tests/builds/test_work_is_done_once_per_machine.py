import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from builds.pipeline.quantise import one_at_a_time
from tests.waiting import PATIENCE_SECONDS

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_the_second_waits_until_the_first_is_done() -> None:
    order: list[str] = []
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with one_at_a_time("key"):
            inside.set()
            leave.wait(PATIENCE_SECONDS)
            order.append("first")

    def second() -> None:
        with one_at_a_time("key"):
            order.append("second")

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert inside.wait(PATIENCE_SECONDS)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    leave.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert order == ["first", "second"]


def test_other_work_does_not_wait(settings: Any) -> None:
    with one_at_a_time("one"), one_at_a_time("another"):
        locks = sorted((Path(settings.EDGEFLEET_WORK_DIR) / "locks").iterdir())
        assert [path.name for path in locks] == ["another.lock", "one.lock"]


def test_a_killed_process_holds_nothing_up(settings: Any) -> None:
    lock = Path(settings.EDGEFLEET_WORK_DIR) / "locks" / "key.lock"
    lock.parent.mkdir(parents=True)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        os.kill(holder.pid, signal.SIGKILL)
        with one_at_a_time("key"):
            pass
