"""At most 600 MiB proportional and 18 yardsticks of processor time, forked after the import."""

import sys
from pathlib import Path

import pytest

from fleet.service.supervisor import Child
from tests.fleet.service.budget import measure, tree


@pytest.mark.e2e
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_embedded_default_keeps_its_budget(tmp_path: Path) -> None:
    cost = measure(tmp_path)
    assert cost.within, cost.lines()
    assert cost.processes >= 7, "the measure must have seen all of them"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_measure_counts_what_children_have_started(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is forked here touches no lock that a thread of another test may hold.
    monkeypatch.setattr("threading.active_count", lambda: 1)
    import os
    import time

    child = Child("worker", lambda: time.sleep(60))
    child.start(0.0)
    assert child.process
    try:
        assert child.process.pid in tree(os.getpid())
    finally:
        child.process.kill()
        child.wait(30)
