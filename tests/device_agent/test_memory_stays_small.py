"""The agent at rest fits its budgets: memory and bytes here, processor time when it is measured."""

import os
import subprocess
import sys
import time

import pytest

from tests.device_agent.budget import (
    POLL_BYTES,
    RESIDENT_BYTES,
    measure,
    processor_seconds,
    resident_bytes,
)
from tests.device_agent.conftest import Compile

BUSY_SECONDS = 0.2
TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds: the meter's grain


@pytest.mark.e2e
@pytest.mark.toolchain
def test_an_agent_that_holds_a_model_is_small_and_says_little(compiled: Compile) -> None:
    # Processor time is not judged here: other tests run beside this one.
    cost = measure(compiled(), seconds=1.0, poll_seconds=0.2)
    assert cost.resident_bytes <= RESIDENT_BYTES
    assert cost.poll_bytes <= POLL_BYTES
    assert cost.processor_share < 1.0


def test_the_meter_of_processor_time_sees_a_process_work() -> None:
    # A meter that reads nothing would find every agent within its budget.
    before, begun = processor_seconds(os.getpid()), time.process_time()
    while time.process_time() - begun < BUSY_SECONDS:
        pass
    spent = processor_seconds(os.getpid()) - before
    assert BUSY_SECONDS - 2 * TICK <= spent <= time.process_time() - begun + 2 * TICK


def test_the_meter_of_processor_time_counts_ended_children() -> None:
    before = processor_seconds(os.getpid())
    busy = f"import time\nwhile time.process_time() < {BUSY_SECONDS}: pass"
    subprocess.run([sys.executable, "-I", "-c", busy], check=True)
    assert processor_seconds(os.getpid()) - before >= BUSY_SECONDS - 2 * TICK


def test_the_meter_of_memory_sees_what_is_taken() -> None:
    before = resident_bytes(os.getpid())
    taken = bytearray(os.urandom(64)) * 2**20
    assert resident_bytes(os.getpid()) - before >= len(taken) // 2
